import { useText } from '../i18n/index.ts';
import { scaleOf } from '../state/scale.ts';
import './score-scale.css';

const widthPx = 640;
const barTopPx = 36;
const barHeightPx = 16;

/** The score against its two thresholds, as a drawing with the same facts as its text alternative. */
export function ScoreScale(props: {
  readonly shownScore: number;
  readonly thresholds: { readonly positive: number; readonly negative: number };
}) {
  const { t, format } = useText();
  const { shownScore, thresholds } = props;
  const scale = scaleOf(props);
  const x = (place: number): number => place * widthPx;
  const number = (value: number): string => format.number(value, 2);
  const anchor = (place: number): 'start' | 'middle' | 'end' =>
    place < 0.12 ? 'start' : place > 0.88 ? 'end' : 'middle';
  const bottom = barTopPx + barHeightPx;
  return (
    <div className="score-scale">
      <p className="small muted">{t('result.score')}</p>
      <svg
        viewBox={`0 0 ${widthPx} ${bottom + 28}`}
        role="img"
        aria-label={t('result.scaleText', {
          score: number(shownScore),
          negative: number(thresholds.negative),
          positive: number(thresholds.positive),
          low: number(scale.low),
          high: number(scale.high),
        })}
      >
        <rect
          className="score-scale__zone score-scale__zone--decisive"
          x={0}
          y={barTopPx}
          width={x(scale.negative)}
          height={barHeightPx}
        />
        <rect
          className="score-scale__zone"
          x={x(scale.negative)}
          y={barTopPx}
          width={x(scale.positive) - x(scale.negative)}
          height={barHeightPx}
        />
        <rect
          className="score-scale__zone score-scale__zone--decisive"
          x={x(scale.positive)}
          y={barTopPx}
          width={widthPx - x(scale.positive)}
          height={barHeightPx}
        />
        {[scale.negative, scale.positive].map((place) => (
          <line
            key={place}
            className="score-scale__threshold"
            x1={x(place)}
            x2={x(place)}
            y1={barTopPx - 2}
            y2={bottom + 4}
          />
        ))}
        <path
          className="score-scale__mark"
          d={`M${x(scale.score)} ${barTopPx + 2} l-8 -12 h16 z`}
        />
        <text x={x(scale.score)} y={16} textAnchor={anchor(scale.score)}>
          {t('result.scoreValue', { score: number(shownScore) })}
        </text>
        <text className="score-scale__note" x={0} y={bottom + 20} textAnchor="start">
          {t('result.zone.negative', { value: number(thresholds.negative) })}
        </text>
        <text className="score-scale__note" x={widthPx} y={bottom + 20} textAnchor="end">
          {t('result.zone.positive', { value: number(thresholds.positive) })}
        </text>
      </svg>
    </div>
  );
}
