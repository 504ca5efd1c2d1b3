/** The windows that a model scored, under the waveform and on its time axis. */
import { useId, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useText } from '../i18n/index.ts';
import { shareOf, type EvidenceLanes, type LaidWindow } from './evidence-lanes.ts';
import './waveform.css';

const laneHeightPx = 28;

export interface EvidenceStripProps {
  readonly lanes: EvidenceLanes;
  readonly durationS: number;
  readonly thresholds: { readonly positive: number; readonly negative: number } | undefined;
  readonly atS: number;
  readonly selected: number | undefined;
  readonly onSelect: (index: number | undefined) => void;
  readonly onPlay: (window: LaidWindow) => void;
}

/** One stop of the Tab key: the arrow keys go from window to window, Enter plays the one that is named. */
export function EvidenceStrip(props: EvidenceStripProps) {
  const { lanes, durationS, selected, onSelect } = props;
  const { t } = useText();
  const [isFocused, setFocused] = useState(false);
  const describe = useWindowText(props.thresholds);
  const patternId = useId();
  const heightPx = lanes.lanes * laneHeightPx;
  const last = lanes.windows.length - 1;
  const current = selected ?? indexAt(lanes, props.atS);
  const window = lanes.windows[current];

  const go = (event: KeyboardEvent): void => {
    const steps: Partial<Record<string, number>> = {
      ArrowRight: current + 1,
      ArrowUp: current + 1,
      ArrowLeft: current - 1,
      ArrowDown: current - 1,
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (next !== undefined) {
      event.preventDefault();
      onSelect(Math.min(last, Math.max(0, next)));
    } else if ((event.key === 'Enter' || event.key === ' ') && window !== undefined) {
      event.preventDefault();
      props.onPlay(window);
    }
  };
  const under = (event: PointerEvent): number | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const atS = ((event.clientX - box.left) / box.width) * durationS;
    const lane = Math.floor(((event.clientY - box.top) / box.height) * lanes.lanes);
    const found = lanes.windows.findIndex(
      (each) => each.lane === lane && each.startS <= atS && atS <= each.endS,
    );
    return found === -1 ? undefined : found;
  };

  return (
    <div className="evidence">
      <div
        className="evidence__strip"
        role="slider"
        tabIndex={0}
        aria-label={t('wave.evidence.label')}
        aria-valuemin={1}
        aria-valuemax={last + 1}
        aria-valuenow={current + 1}
        aria-valuetext={window === undefined ? '' : describe(window)}
        onKeyDown={go}
        onFocus={() => {
          setFocused(true);
          onSelect(current);
        }}
        onBlur={() => {
          setFocused(false);
          onSelect(undefined);
        }}
        onPointerMove={(event) => onSelect(under(event))}
        onPointerLeave={() => {
          if (!isFocused) onSelect(undefined);
        }}
        onPointerUp={(event) => {
          const hit = lanes.windows[under(event) ?? -1];
          if (hit !== undefined) props.onPlay(hit);
        }}
      >
        <svg
          className="evidence__drawing"
          width="100%"
          height={heightPx}
          viewBox={`0 0 1000 ${heightPx}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <Hatching id={patternId} />
          {lanes.windows.map((each, index) => (
            <Bar
              key={`${each.startS} ${each.lane}`}
              window={each}
              lanes={lanes}
              durationS={durationS}
              fill={isPositive(each, props.thresholds) ? `url(#${patternId})` : undefined}
              isCurrent={index === selected}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

/** The window that is pointed at, in words; else how to read the strip. */
export function EvidenceCaption(props: Pick<EvidenceStripProps, 'lanes' | 'thresholds' | 'selected'>) {
  const { t } = useText();
  const describe = useWindowText(props.thresholds);
  const window = props.selected === undefined ? undefined : props.lanes.windows[props.selected];
  return (
    <p className="evidence__text small">
      {window === undefined ? t('wave.evidence.hint') : describe(window)}
    </p>
  );
}

function Bar(props: {
  readonly window: LaidWindow;
  readonly lanes: EvidenceLanes;
  readonly durationS: number;
  readonly fill: string | undefined;
  readonly isCurrent: boolean;
}) {
  const { window, lanes, durationS } = props;
  const x = (window.startS / durationS) * 1000;
  const width = ((Math.min(window.endS, durationS) - window.startS) / durationS) * 1000;
  const top = window.lane * laneHeightPx + 2;
  const fullPx = laneHeightPx - 4;
  const heightPx = Math.max(2, shareOf(lanes, window.score) * fullPx);
  const place = { x: x + 1, width: Math.max(1, width - 2) };
  return (
    <>
      <rect
        {...place}
        y={top}
        height={fullPx}
        className={props.isCurrent ? 'evidence__frame evidence__frame--current' : 'evidence__frame'}
        vectorEffect="non-scaling-stroke"
      />
      <rect
        {...place}
        y={top + fullPx - heightPx}
        height={heightPx}
        className={props.fill === undefined ? 'evidence__bar' : undefined}
        fill={props.fill}
      />
    </>
  );
}

function Hatching({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="8" height="8" className="evidence__hatch-ground" />
        <line x1="0" y1="0" x2="0" y2="8" className="evidence__hatch-line" />
      </pattern>
    </defs>
  );
}

/** The same numbers for those who cannot see the strip, and for those who want them exactly. */
export function EvidenceTable(props: Pick<EvidenceStripProps, 'lanes' | 'thresholds'>) {
  const { t, format } = useText();
  return (
    <details className="evidence__numbers">
      <summary>{t('wave.evidence.table')}</summary>
      <table className="evidence__table">
        <thead>
          <tr>
            <th scope="col">{t('wave.evidence.from')}</th>
            <th scope="col">{t('wave.evidence.to')}</th>
            <th scope="col">{t('wave.evidence.score')}</th>
            <th scope="col">{t('wave.evidence.reading')}</th>
          </tr>
        </thead>
        <tbody>
          {props.lanes.windows.map((window) => (
            <tr key={`${window.startS} ${window.lane}`}>
              <td>{format.seconds(window.startS)}</td>
              <td>{format.seconds(window.endS)}</td>
              <td>{format.number(window.score, 2)}</td>
              <td>{t(`wave.evidence.${reading(window, props.thresholds)}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

type Thresholds = EvidenceStripProps['thresholds'];

function reading(window: LaidWindow, thresholds: Thresholds): 'positive' | 'negative' | 'between' | 'plain' {
  if (thresholds === undefined) return 'plain';
  if (window.score >= thresholds.positive) return 'positive';
  return window.score <= thresholds.negative ? 'negative' : 'between';
}

function isPositive(window: LaidWindow, thresholds: Thresholds): boolean {
  return reading(window, thresholds) === 'positive';
}

function useWindowText(thresholds: Thresholds): (window: LaidWindow) => string {
  const { t, format } = useText();
  return (window) =>
    t('wave.evidence.window', {
      from: format.seconds(window.startS),
      to: format.seconds(window.endS),
      score: format.number(window.score, 2),
      reading: t(`wave.evidence.${reading(window, thresholds)}`),
    });
}

function indexAt(lanes: EvidenceLanes, atS: number): number {
  const at = lanes.windows.findIndex((window) => window.startS <= atS && atS < window.endS);
  return Math.max(0, at);
}
