/** What all logs of decisions do, on a disk or in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionContent } from '../../contract/training/release.ts';
import { done } from '../core/outcome.ts';
import type { Decisions } from './decisions.ts';

export interface DecisionsUnderTest {
  readonly decisions: Decisions;
  discard(): Promise<void>;
}

export const decisionContent = (why: string): DecisionContent => ({
  at: '2026-11-21T12:00:00.000Z',
  run: 'one',
  model: { name: 'breath', version: '1.0.0', sha256: 'a'.repeat(64) },
  by: { kind: 'named', name: 'Ada' },
  decision: { kind: 'approval', outcome: 'given', why },
});

export function describeDecisions(name: string, make: () => Promise<DecisionsUnderTest>): void {
  describe(`${name} is a log of decisions that`, () => {
    let made: DecisionsUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.discard());

    it('is empty at first', async () => {
      expect(await made.decisions.list()).toEqual(done([]));
    });

    it('keeps what is added in order, each following from the one before', async () => {
      const { decisions } = made;
      const first = await decisions.append(decisionContent('first\nof two'));
      const second = await decisions.append(decisionContent('segundo: não'));
      if (!first.ok || !second.ok) throw new Error('not added');
      expect(second.value).toMatchObject({ sequence: 2, previousHash: first.value.hash });
      expect(await decisions.list()).toEqual(done([first.value, second.value]));
    });

    it('takes entries that are added at once one after the other', async () => {
      const { decisions } = made;
      await Promise.all(['a', 'b', 'c', 'd'].map((why) => decisions.append(decisionContent(why))));
      const listed = await decisions.list();
      expect(listed.ok && listed.value.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    });
  });
}
