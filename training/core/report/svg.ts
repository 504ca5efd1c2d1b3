/** Plots as SVG texts: no script, no font, no colour alone. Coordinates in the unit square are drawn upwards. */

export interface Series {
  readonly name: string;
  /** SVG stroke-dasharray; empty for a whole line. */
  readonly dashes: string;
  readonly points: readonly (readonly [number, number])[];
}

interface Axes {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

const [width, height, left, bottom, top, right] = [420, 320, 56, 48, 32, 16];

/** Lines over common axes, with a legend. */
export function linePlot(axes: Axes, series: readonly Series[], extra = ''): string {
  const place = placer(axes);
  const lines = series
    .map(({ name, dashes, points }, index) => {
      const path = points.map(([x, y]) => place(x, y).map(round).join(',')).join(' ');
      const at = top + 14 * (index + 1);
      return [
        `<polyline fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="${dashes}" points="${path}"/>`,
        `<line x1="${width - 130}" x2="${width - 106}" y1="${at - 4}" y2="${at - 4}" stroke="currentColor" stroke-width="1.6" stroke-dasharray="${dashes}"/>`,
        `<text x="${width - 100}" y="${at}">${escapeText(name)}</text>`,
      ].join('');
    })
    .join('');
  return frame(axes, `${extra}${lines}`);
}

export interface Estimate {
  readonly x: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Points with their intervals, and the diagonal where prediction and truth agree. */
export function calibrationPlot(axes: Axes, estimates: readonly Estimate[]): string {
  const place = placer(axes);
  const marks = estimates.map(({ x, value, low, high }) => {
    const [[px, py], [, lowY], [, highY]] = [place(x, value), place(x, low), place(x, high)];
    return `<line x1="${round(px)}" x2="${round(px)}" y1="${round(lowY)}" y2="${round(highY)}" stroke="currentColor"/><circle cx="${round(px)}" cy="${round(py)}" r="4" fill="currentColor"/>`;
  });
  const [x1, y1] = place(0, 0);
  const [x2, y2] = place(1, 1);
  return frame(
    axes,
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="currentColor" stroke-dasharray="2 4"/>${marks.join('')}`,
  );
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Horizontal bars in 0..1 with their intervals. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const [row, start, length] = [26, 220, 300];
  const tall = 40 + row * bars.length;
  const body = bars.map(({ name, value, low, high }, index) => {
    const y = 34 + row * index;
    const at = (share: number): number => round(start + length * share);
    return [
      `<text x="${start - 8}" y="${y + 13}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect x="${start}" y="${y}" width="${round(length * value)}" height="16" fill="currentColor" fill-opacity="0.25"/>`,
      `<line x1="${at(low)}" x2="${at(high)}" y1="${y + 8}" y2="${y + 8}" stroke="currentColor" stroke-width="1.6"/>`,
      `<text x="${start + length + 8}" y="${y + 13}">${value.toFixed(2)}</text>`,
    ].join('');
  });
  return `<svg role="img" aria-label="${escapeText(title)}" viewBox="0 0 580 ${tall}" width="580"><text x="0" y="16" font-weight="bold">${escapeText(title)}</text>${body.join('')}</svg>`;
}

function placer({ x: [x0, x1], y: [y0, y1] }: Axes) {
  return (x: number, y: number): readonly [number, number] => [
    left + ((x - x0) / (x1 - x0 || 1)) * (width - left - right),
    height - bottom - ((y - y0) / (y1 - y0 || 1)) * (height - bottom - top),
  ];
}

function frame(axes: Axes, body: string): string {
  const { title, xLabel, yLabel } = axes;
  const place = placer(axes);
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const x = axes.x[0] + share * (axes.x[1] - axes.x[0]);
    const y = axes.y[0] + share * (axes.y[1] - axes.y[0]);
    const [px] = place(x, axes.y[0]);
    const [, py] = place(axes.x[0], y);
    return [
      `<text x="${round(px)}" y="${height - bottom + 16}" text-anchor="middle">${shown(x)}</text>`,
      `<text x="${left - 6}" y="${round(py) + 4}" text-anchor="end">${shown(y)}</text>`,
    ];
  });
  return [
    `<svg role="img" aria-label="${escapeText(title)}" viewBox="0 0 ${width} ${height}" width="${width}">`,
    `<text x="${left}" y="18" font-weight="bold">${escapeText(title)}</text>`,
    `<rect x="${left}" y="${top}" width="${width - left - right}" height="${height - bottom - top}" fill="none" stroke="currentColor" stroke-opacity="0.4"/>`,
    ...ticks,
    `<text x="${(left + width) / 2}" y="${height - 10}" text-anchor="middle">${escapeText(xLabel)}</text>`,
    `<text x="14" y="${height / 2}" text-anchor="middle" transform="rotate(-90 14 ${height / 2})">${escapeText(yLabel)}</text>`,
    body,
    '</svg>',
  ].join('');
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

/** Text that can stand in HTML and SVG, also within quotes. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
