import { useId, useRef } from 'react';
import { saveTextFile } from '../api/save-file.ts';
import { useText } from '../i18n/index.ts';
import { Button } from '../ui/index.ts';
import { svgText, toCsv } from './chart-files.ts';
import { axisOf, placeOn, type Series } from './chart-scale.ts';
import './line-chart.css';

const widthPx = 480;
const heightPx = 240;
const left = 52;
const bottom = 32;
const top = 8;
const right = 8;

/** Told apart without colour: by dash and by a mark at the end of the line. */
const dashes = ['', '8 4', '2 3', '10 3 2 3'] as const;
export const mostSeries = dashes.length;
const marks = [
  'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
  'M-4,-4h8v8h-8z',
  'M0,-5L5,4H-5z',
  'M0,-5L5,0L0,5L-5,0z',
] as const;

/** Lines over one axis, with their numbers as a table; both can be saved. */
export function LineChart(props: {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Name of the files, without ending. */
  readonly fileName: string;
}) {
  const { t, format } = useText();
  const ref = useRef<SVGSVGElement>(null);
  const titleId = useId();
  const series = props.series.filter(({ points }) => points.length > 0).slice(0, mostSeries);
  if (series.length === 0) return null;
  const x = axisOf(series.flatMap(({ points }) => points.map((point) => point.x)));
  const y = axisOf(series.flatMap(({ points }) => points.map((point) => point.y)));
  const placeX = (value: number): number => left + placeOn(x, value) * (widthPx - left - right);
  const placeY = (value: number): number => heightPx - bottom - placeOn(y, value) * (heightPx - bottom - top);
  return (
    <figure className="chart" aria-labelledby={titleId}>
      <figcaption id={titleId} className="chart__title">
        {props.title}
      </figcaption>
      <svg
        ref={ref}
        className="chart__drawing"
        viewBox={`0 0 ${widthPx} ${heightPx}`}
        role="img"
        aria-label={props.title}
      >
        {y.ticks.map((tick) => (
          <g key={tick}>
            <line
              className="chart__grid"
              x1={left}
              x2={widthPx - right}
              y1={placeY(tick)}
              y2={placeY(tick)}
            />
            <text className="chart__tick" x={left - 6} y={placeY(tick) + 4} textAnchor="end">
              {format.number(tick, y.decimals)}
            </text>
          </g>
        ))}
        {x.ticks.map((tick) => (
          <text
            key={tick}
            className="chart__tick"
            x={placeX(tick)}
            y={heightPx - bottom + 16}
            textAnchor="middle"
          >
            {format.number(tick, x.decimals)}
          </text>
        ))}
        <text className="chart__tick" x={widthPx - right} y={heightPx - 3} textAnchor="end">
          {props.xLabel}
        </text>
        {series.map(({ name, points }, index) => {
          const end = points.at(-1);
          return (
            <g key={name} className={`chart__series chart__series--${index}`}>
              <polyline
                className="chart__line"
                strokeDasharray={dashes[index]}
                points={points.map((point) => `${placeX(point.x)},${placeY(point.y)}`).join(' ')}
              />
              {end === undefined ? null : (
                <path
                  className="chart__mark"
                  d={marks[index]}
                  transform={`translate(${placeX(end.x)} ${placeY(end.y)})`}
                />
              )}
            </g>
          );
        })}
      </svg>
      <Legend names={series.map(({ name }) => name)} />
      <Numbers xLabel={props.xLabel} series={series} />
      <div className="row">
        <Button
          size="dense"
          icon="download"
          onClick={() => {
            if (ref.current !== null) {
              saveTextFile(`${props.fileName}.svg`, svgText(ref.current), 'image/svg+xml;charset=utf-8');
            }
          }}
        >
          {t('chart.saveSvg')}
        </Button>
        <Button
          size="dense"
          icon="download"
          onClick={() =>
            saveTextFile(`${props.fileName}.csv`, toCsv(props.xLabel, series), 'text/csv;charset=utf-8')
          }
        >
          {t('chart.saveCsv')}
        </Button>
      </div>
    </figure>
  );
}

function Legend({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className="chart__legend">
      {names.map((name, index) => (
        <li key={name} className={`chart__series--${index}`}>
          <svg width="44" height="12" aria-hidden="true">
            <line className="chart__line" x1="0" x2="32" y1="6" y2="6" strokeDasharray={dashes[index]} />
            <path className="chart__mark" d={marks[index]} transform="translate(38 6)" />
          </svg>
          <span>{name}</span>
        </li>
      ))}
    </ul>
  );
}

function Numbers(props: { readonly xLabel: string; readonly series: readonly Series[] }) {
  const { t, format } = useText();
  const places = [...new Set(props.series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const byPlace = props.series.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  return (
    <details className="fold">
      <summary>{t('chart.numbers')}</summary>
      <div className="scroll-x chart__numbers" role="group" tabIndex={0} aria-label={t('chart.numbers')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{props.xLabel}</th>
              {props.series.map(({ name }) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map((place) => (
              <tr key={place}>
                <th scope="row">{format.number(place)}</th>
                {byPlace.map((values, index) => {
                  const value = values.get(place);
                  return (
                    <td key={props.series[index]?.name} className="number">
                      {value === undefined ? '' : format.number(value, 4)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
