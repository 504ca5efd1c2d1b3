import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Decision, DecisionContent } from '../../../contract/training/release.ts';
import { brokenAt, nextDecision } from './decision-chain.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const content = (run: string): DecisionContent => ({
  at: '2026-11-21T12:00:00.000Z',
  run,
  model: { name: 'breath', version: '1.0.0', sha256: 'a'.repeat(64) },
  by: { kind: 'named', name: 'Ada' },
  decision: { kind: 'approval', outcome: 'given', why: 'good' },
});
const entries = ['one', 'two', 'three'].reduce<readonly Decision[]>(
  (all, run) => [...all, nextDecision(content(run), all.at(-1), sha256)],
  [],
);

it('is whole as it was written', () => {
  expect(brokenAt(entries, sha256)).toBeUndefined();
  expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

it.each<[string, readonly Decision[], number]>([
  ['changed', entries.map((one) => ({ ...one, run: one.run === 'two' ? 'other' : one.run })), 2],
  ['left out', [entries[0]!, entries[2]!], 2],
  ['moved', [entries[1]!, entries[0]!, entries[2]!], 1],
])('names the first entry after one was %s', (_name, given, broken) => {
  expect(brokenAt(given, sha256)).toBe(broken);
});
