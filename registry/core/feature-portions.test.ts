import { describe, expect, it } from 'vitest';
import { afterLease, judgeLease, judgePortion, workerSilentAfterMs } from './feature-portions.ts';

const nowMs = 1_000_000;
const standing = (
  state: 'queued' | 'offered' | 'leased' | 'done' | 'over',
  silentMs: number | null = null,
) => ({
  state,
  attempts: 1,
  lease: state === 'leased' || state === 'done' ? 'mine' : null,
  aliveMs: silentMs === null ? null : nowMs - silentMs,
});

describe('a portion in the hand of the queue', () => {
  it.each([
    ['queued', null, 'offer'],
    ['offered', null, 'wait'],
    ['leased', 0, 'wait'],
    ['leased', workerSilentAfterMs, 'wait'],
    ['leased', workerSilentAfterMs + 1, 'lost'],
    ['leased', null, 'lost'],
    ['done', null, 'drop'],
    ['over', null, 'drop'],
  ] as const)('%s, silent for %s ms: %s', (state, silentMs, expected) => {
    expect(judgePortion(standing(state, silentMs), nowMs)).toBe(expected);
  });
});

describe('a lease', () => {
  it.each([
    ['leased', 'mine', 'holds'],
    ['leased', 'another', 'lost'],
    ['done', 'mine', 'repeated'],
    ['done', 'another', 'lost'],
    ['offered', 'mine', 'lost'],
    ['over', 'mine', 'lost'],
  ] as const)('%s, shown %s: %s', (state, shown, expected) => {
    expect(judgeLease(standing(state), shown)).toBe(expected);
  });

  it('that fails is followed by another until the third, and then the set fails with its code', () => {
    expect([1, 2, 3].map((attempts) => afterLease({ attempts }, 'not-worked-out'))).toEqual([
      { state: 'offered', attempts: 1 },
      { state: 'offered', attempts: 2 },
      { state: 'over', problem: 'not-worked-out' },
    ]);
    expect(afterLease({ attempts: 3 }, 'worker-lost')).toEqual({ state: 'over', problem: 'worker-lost' });
  });

  it('that is given back does not count', () => {
    expect(afterLease({ attempts: 3 }, 'released')).toEqual({ state: 'offered', attempts: 2 });
  });
});
