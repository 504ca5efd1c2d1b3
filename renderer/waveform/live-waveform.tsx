/** The recording as it grows, with the shortest useful length marked. */
import { useEffect, useRef } from 'react';
import { peakColumnS, type LivePeaks } from '../audio/live-peaks.ts';
import { useWaveColours, type WaveColours } from './themed-colours.ts';
import './waveform.css';

export interface LiveWaveformProps {
  /** Undefined: nothing is being recorded, an empty axis is drawn. */
  readonly peaks: LivePeaks | undefined;
  readonly minimumS: number;
  /** What the axis spans at first; it grows with the recording. */
  readonly spanS: number;
  readonly label: string;
}

export function LiveWaveform({ peaks, minimumS, spanS, label }: LiveWaveformProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const colours = useWaveColours();
  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return undefined;
    let drawn = -1;
    let width = 0;
    let frame = 0;
    const draw = (): void => {
      frame = requestAnimationFrame(draw);
      const columns = peaks?.columns ?? 0;
      if (columns === drawn && canvas.clientWidth === width) return;
      drawn = columns;
      width = canvas.clientWidth;
      drawPeaks(canvas, { peaks, minimumS, spanS, colours });
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [peaks, minimumS, spanS, colours]);
  return <canvas ref={ref} className="live-wave" role="img" aria-label={label} />;
}

interface Drawing {
  readonly peaks: LivePeaks | undefined;
  readonly minimumS: number;
  readonly spanS: number;
  readonly colours: WaveColours;
}

function drawPeaks(canvas: HTMLCanvasElement, { peaks, minimumS, spanS, colours }: Drawing): void {
  const ratio = window.devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  context.scale(ratio, ratio);
  const columns = peaks?.columns ?? 0;
  let span = spanS;
  // Doubled rather than stretched at every frame: what was drawn stays where it is for a while.
  while (columns * peakColumnS > span) span *= 2;
  const middle = height / 2;
  const x = (seconds: number): number => (seconds / span) * width;

  context.fillStyle = colours.line;
  context.fillRect(0, middle - 0.5, width, 1);
  if (peaks !== undefined) {
    context.fillStyle = colours.played;
    const perPixel = span / width / peakColumnS;
    for (let pixel = 0; pixel < x(columns * peakColumnS); pixel += 1) {
      const [low, high] = extremes(peaks, Math.floor(pixel * perPixel), Math.ceil((pixel + 1) * perPixel));
      const top = middle - loudness(high) * middle;
      const bottom = middle + loudness(-low) * middle;
      context.fillRect(pixel, top, 1, Math.max(1, bottom - top));
    }
  }
  if (minimumS > 0) {
    context.fillStyle = colours.cursor;
    for (let y = 0; y < height; y += 6) context.fillRect(x(minimumS), y, 2, 3);
  }
}

function extremes(peaks: LivePeaks, from: number, to: number): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (let column = from; column < Math.min(to, peaks.columns); column += 1) {
    const [columnLow, columnHigh] = peaks.column(column);
    low = Math.min(low, columnLow);
    high = Math.max(high, columnHigh);
  }
  return [low, high];
}

/** Square root: a quiet voice is seen, a loud one still has room. */
function loudness(amplitude: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, amplitude)));
}
