import type { PortionProblem, PortionSet, PortionSetId } from '../../contract/registry/feature-portions.ts';
import { done, type Outcome } from '../core/outcome.ts';
import type { AnnouncedPortions, HeldPortion, Portions } from './portions.ts';

interface MemoryPortion {
  readonly id: string;
  readonly setId: string;
  readonly range: AnnouncedPortions['portions'][number];
  state: 'offered' | 'leased' | 'done' | 'over';
  attempts: number;
  lease: string;
  worker: string;
  aliveMs: number;
}

interface MemorySet extends AnnouncedPortions {
  problem: PortionProblem | null;
  readonly results: PortionSet['results'];
}

interface MemoryPortionsOptions {
  readonly nowMs?: () => number;
}

const silentAfterMs = 20_000;
const mostLeases = 3;

/** A registry's portions, offered as soon as they are announced. */
export function memoryPortions({ nowMs = () => 0 }: MemoryPortionsOptions = {}): Portions {
  const sets = new Map<string, MemorySet>();
  const portions: MemoryPortion[] = [];
  let made = 0;
  const freshId = (): string => `019d0000-0000-7000-8000-${String((made += 1)).padStart(12, '0')}`;
  const isUnleased = ({ state }: MemoryPortion): boolean => state === 'offered';

  const end = (portion: MemoryPortion, problem: PortionProblem): void => {
    portion.lease = '';
    portion.state = 'offered';
    if (portion.attempts < mostLeases) return;
    const set = sets.get(portion.setId);
    if (set !== undefined) set.problem = problem;
    for (const one of portions) if (one.setId === portion.setId && one.state !== 'done') one.state = 'over';
  };
  const sweep = (): void => {
    for (const portion of portions)
      if (portion.state === 'leased' && nowMs() - portion.aliveMs > silentAfterMs)
        end(portion, 'worker-lost');
  };
  const asHolder = async (
    { id, lease }: HeldPortion,
    act: (portion: MemoryPortion) => void,
  ): Promise<Outcome<boolean>> => {
    sweep();
    const portion = portions.find((one) => one.id === id);
    if (portion?.lease !== lease || !['leased', 'done'].includes(portion.state)) return done(false);
    if (portion.state === 'leased') act(portion);
    return done(true);
  };

  return {
    async announce(set) {
      const id = freshId() as PortionSetId;
      sets.set(id, { ...set, problem: null, results: [] });
      const fresh = { setId: id, state: 'offered', attempts: 0, lease: '', worker: '', aliveMs: 0 } as const;
      for (const range of set.portions) portions.push({ ...fresh, id: freshId(), range });
      return done(id);
    },
    async look(setId, after) {
      sweep();
      const set = sets.get(setId);
      if (set === undefined) return done(undefined);
      const own = portions.filter((portion) => portion.setId === setId);
      const isDone = set.results.length === own.length;
      return done({
        id: setId,
        state: set.problem !== null ? 'failed' : isDone ? 'done' : 'open',
        problem: set.problem,
        portions: own.length,
        done: set.results.length,
        workers: [...new Set(own.filter(({ state }) => state === 'leased').map(({ worker }) => worker))],
        results: set.results.filter(({ place }) => place > after),
      });
    },
    async remove(setId) {
      sets.delete(setId);
      for (const portion of portions) if (portion.setId === setId) portion.state = 'over';
      return done(null);
    },
    async lease({ worker, codeSha256, setId }) {
      sweep();
      const offered = portions.filter(isUnleased).filter((one) => setId === undefined || one.setId === setId);
      const portion = offered.find((one) => sets.get(one.setId)?.codeSha256 === codeSha256);
      const set = sets.get(portion?.setId ?? '');
      if (portion === undefined || set === undefined)
        return done({ portion: null, isOtherCodeWanted: offered.length > 0 });
      const lease = freshId();
      Object.assign(portion, {
        state: 'leased',
        attempts: portion.attempts + 1,
        lease,
        worker,
        aliveMs: nowMs(),
      });
      const { orderSha256 } = set;
      const { id, range } = portion;
      const leased = { id, lease, orderSha256, codeSha256, range, silentAfterMs } as never;
      return done({ portion: leased, isOtherCodeWanted: false });
    },
    beat: (held) => asHolder(held, (portion) => (portion.aliveMs = nowMs())),
    finish: (held, resultSha256) =>
      asHolder(held, (portion) => {
        portion.state = 'done';
        const { setId, range, worker } = portion;
        const { results } = sets.get(setId)!;
        results.push({ place: results.length + 1, range, worker, resultSha256: resultSha256 as never });
      }),
    fail: (held, code) => asHolder(held, (portion) => end(portion, code)),
    release: (held) =>
      asHolder(held, (portion) => {
        portion.attempts -= 1;
        portion.lease = '';
        portion.state = 'offered';
      }),
  };
}
