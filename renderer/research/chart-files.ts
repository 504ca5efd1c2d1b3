/** A chart as files that other programs read. */
import { csvLine } from '../../contract/csv.ts';
import type { Series } from './chart-scale.ts';

/** A row per place on the axis, a column per line. */
export function toCsv(xLabel: string, series: readonly Series[]): string {
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const byPlace = series.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const lines = places.map((place) =>
    csvLine([place, ...byPlace.map((values) => values.get(place) ?? null)]),
  );
  return [csvLine([xLabel, ...series.map(({ name }) => name)]), ...lines].join('');
}

const drawn = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-size', 'font-family'] as const;

/** The drawing by itself: what the page's rules say of it stands in it. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = [...copy.querySelectorAll('*')];
  for (const [index, element] of [...svg.querySelectorAll('*')].entries()) {
    const style = getComputedStyle(element);
    for (const name of drawn) copies[index]?.setAttribute(name, style.getPropertyValue(name));
    copies[index]?.removeAttribute('class');
  }
  copy.removeAttribute('class');
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(copy);
}
