/**
 * Whether a recording follows what was played, block by block. A browser on a PC that is busy with other tests slips by
 * ten milliseconds now and then; a stretch that is missing or foreign is another matter.
 */
import { expect } from '@playwright/test';
import type { Sound } from './sound.ts';

const blockS = 0.1;
const longestSlipS = 0.03;
const likeEnough = 0.98;

/**
 * `likeness`: share of blocks that correlate with the played sound where the block before ended. `slipS`: how much
 * longer or shorter than the played sound the recording became. The played sound repeats for ever; both at one rate.
 */
function followPlayed(
  recorded: Sound,
  played: Sound,
): { readonly likeness: number; readonly slipS: number; readonly blocks: number } {
  if (recorded.sampleRateHz !== played.sampleRateHz) throw new Error('compare at one rate');
  const rate = recorded.sampleRateHz;
  const block = Math.round(rate * blockS);
  const slip = Math.round(rate * longestSlipS);
  const period = played.samples.length;
  const first = recorded.samples.subarray(0, block);
  const start = bestLag(first, played.samples, { from: 0, to: period, stride: 7 });
  let offset = start.lag;
  let alike = 0;
  let blocks = 0;
  for (let at = 0; at + block <= recorded.samples.length; at += block) {
    const part = recorded.samples.subarray(at, at + block);
    const exact = bestLag(part, played.samples, { from: offset + at, to: offset + at + 1, stride: 1 });
    const found =
      exact.likeness >= likeEnough
        ? exact
        : bestLag(part, played.samples, { from: offset + at - slip, to: offset + at + slip, stride: 1 });
    if (found.likeness >= likeEnough) {
      alike += 1;
      offset = found.lag - at;
    }
    blocks += 1;
  }
  return { likeness: blocks === 0 ? 0 : alike / blocks, slipS: Math.abs(offset - start.lag) / rate, blocks };
}

/** Nothing of it is missing, and nothing in it comes from elsewhere. */
export function expectToFollow(recorded: Sound, played: Sound): void {
  const { likeness, slipS, blocks } = followPlayed(recorded, played);
  expect(blocks).toBeGreaterThan(0);
  expect(likeness).toBeGreaterThan(0.9);
  expect(slipS).toBeLessThan(0.1);
}

function bestLag(
  part: Float32Array,
  played: Float32Array,
  range: { readonly from: number; readonly to: number; readonly stride: number },
): { readonly lag: number; readonly likeness: number } {
  let best = { lag: range.from, likeness: -1 };
  for (let lag = range.from; lag < range.to; lag += 1) {
    const likeness = likenessAt(part, played, lag, range.stride);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best;
}

function likenessAt(part: Float32Array, played: Float32Array, lag: number, stride: number): number {
  let product = 0;
  let partPower = 1e-12;
  let playedPower = 1e-12;
  for (let index = 0; index < part.length; index += stride) {
    const one = part[index] ?? 0;
    const other = played[(((lag + index) % played.length) + played.length) % played.length] ?? 0;
    product += one * other;
    partPower += one * one;
    playedPower += other * other;
  }
  return product / Math.sqrt(partPower * playedPower);
}
