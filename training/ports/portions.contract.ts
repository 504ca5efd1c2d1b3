import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeasedPortion, PortionSet, PortionSetId } from '../../contract/registry/feature-portions.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Portions } from './portions.ts';

export interface PortionsUnderTest {
  readonly portions: Portions;
  end(): Promise<void>;
}

const patience = { timeout: 30_000, interval: 50 };
const [code, otherCode, orderSha256, result] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];
const [ana, bia] = [1, 2].map((n) => `00000000-0000-4000-8000-00000000000${String(n)}`) as [string, string];
const unknown = '019d0000-0000-7000-8000-00000000ffff' as PortionSetId;

export function describePortions(name: string, open: () => Promise<PortionsUnderTest>): void {
  describe(`${name} has portions that`, () => {
    let opened: PortionsUnderTest;
    let portions: Portions;
    beforeEach(async () => {
      opened = await open();
      ({ portions } = opened);
    });
    afterEach(() => opened.end());

    const announce = async (count: number): Promise<PortionSetId> =>
      valueOf(
        await portions.announce({
          orderSha256,
          codeSha256: code,
          portions: Array.from({ length: count }, (_, index) => ({ first: 4 * index, count: 4 })),
        }),
      );
    const lease = async (worker = ana): Promise<LeasedPortion> => {
      let leased: LeasedPortion | null = null;
      await expect
        .poll(
          async () => (leased = valueOf(await portions.lease({ worker, codeSha256: code })).portion),
          patience,
        )
        .not.toBeNull();
      return leased as unknown as LeasedPortion;
    };
    const look = async (setId: PortionSetId, after = 0): Promise<PortionSet | undefined> =>
      valueOf(await portions.look(setId, after));

    it('are leased by workers of the same code, and told to the coordinator as they are done', async () => {
      const setId = await announce(2);
      const first = await lease();
      expect(first).toMatchObject({ orderSha256, codeSha256: code, range: { count: 4 } });
      expect(valueOf(await portions.lease({ worker: bia, codeSha256: otherCode }))).toEqual({
        portion: null,
        isOtherCodeWanted: true,
      });
      const second = await lease(bia);
      expect(valueOf(await portions.beat(second))).toBe(true);
      expect(valueOf(await portions.finish(second, result))).toBe(true);
      expect(await look(setId)).toMatchObject({
        state: 'open',
        portions: 2,
        done: 1,
        workers: [ana],
        results: [{ place: 1, range: second.range, worker: bia, resultSha256: result }],
      });
      expect(valueOf(await portions.finish(first, result))).toBe(true);
      expect(await look(setId, 1)).toMatchObject({ state: 'done', results: [{ place: 2, worker: ana }] });
    });

    it('may be taken by their coordinator', async () => {
      const setId = await announce(1);
      const { portion } = valueOf(await portions.lease({ worker: ana, codeSha256: code, setId }));
      expect(portion).toMatchObject({ range: { first: 0, count: 4 } });
    });

    it('go to another when they are given back, and whoever gave one back has lost it', async () => {
      await announce(1);
      const first = await lease();
      expect(valueOf(await portions.release(first))).toBe(true);
      const second = await lease(bia);
      expect(second.id).toBe(first.id);
      expect(valueOf(await portions.beat(first))).toBe(false);
      expect(valueOf(await portions.finish(first, result))).toBe(false);
      expect(valueOf(await portions.beat(second))).toBe(true);
    });

    it('fail with their set at the third failure', async () => {
      const setId = await announce(2);
      const other = await lease(bia);
      for (let time = 0; time < 3; time++)
        expect(valueOf(await portions.fail(await lease(), 'not-worked-out'))).toBe(true);
      expect(await look(setId)).toMatchObject({ state: 'failed', problem: 'not-worked-out' });
      expect(valueOf(await portions.finish(other, result))).toBe(false);
    });

    it('are lost to their workers when they are removed, and gone for good', async () => {
      const setId = await announce(1);
      const held = await lease();
      expect(valueOf(await portions.remove(setId))).toBeNull();
      expect(valueOf(await portions.beat(held))).toBe(false);
      expect(valueOf(await portions.fail(held, 'not-worked-out'))).toBe(false);
      expect(await look(setId)).toBeUndefined();
      expect(valueOf(await portions.remove(setId))).toBeNull();
      expect(await look(unknown)).toBeUndefined();
    });
  });
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.what);
  return outcome.value;
}
