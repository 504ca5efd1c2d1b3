import { expect, it } from 'vitest';
import { CaptureWatch, type CaptureVerdict, type Moments } from './capture-watch.ts';

const at = (monotonicMs: number, wallMs = monotonicMs): Moments => ({ monotonicMs, wallMs });
const blocks = (watch: CaptureWatch, fromMs: number, toMs: number, clockFromMs: number): CaptureVerdict[] =>
  Array.from({ length: (toMs - fromMs) / 20 + 1 }, (_, index) =>
    watch.block(at(fromMs + index * 20), clockFromMs + index * 20),
  );

it('is content while blocks come', () => {
  const watch = new CaptureWatch(at(0));
  expect(new Set(blocks(watch, 0, 10_000, 0))).toEqual(new Set(['flowing']));
  expect(watch.tick(at(10_010))).toBe('flowing');
});

it('says that the microphone is lost when the clock runs and no block comes', () => {
  const watch = new CaptureWatch(at(0));
  blocks(watch, 0, 100, 0);
  const verdicts = [500, 1000, 1500, 2000, 2500, 3000].map((now) => watch.tick(at(now)));
  expect(verdicts).toEqual(['flowing', 'flowing', 'flowing', 'flowing', 'flowing', 'microphone-lost']);
});

it('says that the PC slept when nothing ran for a minute and the audio of that minute never came', () => {
  const watch = new CaptureWatch(at(0));
  blocks(watch, 0, 1000, 0);
  expect(blocks(watch, 61_000, 62_100, 1020)).toContain('computer-slept');
});

it('says so as well when no block comes any more after waking', () => {
  const watch = new CaptureWatch(at(0));
  blocks(watch, 0, 1000, 0);
  expect([61_000, 61_500, 62_000].map((now) => watch.tick(at(now)))).toEqual([
    'flowing',
    'flowing',
    'computer-slept',
  ]);
});

it('sees sleep on systems whose monotonic clock stands still meanwhile', () => {
  const watch = new CaptureWatch(at(0));
  blocks(watch, 0, 1000, 0);
  const verdicts = Array.from({ length: 60 }, (_, index) =>
    watch.block(at(1020 + index * 20, 61_000 + index * 20), 1020 + index * 20),
  );
  expect(verdicts).toContain('computer-slept');
});

it('does not mistake a page that stood still for sleep: its blocks were waiting', () => {
  const watch = new CaptureWatch(at(0));
  blocks(watch, 0, 1000, 0);
  const burst = Array.from({ length: 250 }, (_, index) => watch.block(at(6000), 1020 + index * 20));
  expect(new Set([...burst, ...blocks(watch, 6020, 8000, 6020)])).toEqual(new Set(['flowing']));
});
