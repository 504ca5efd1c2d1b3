/** Screenings whose result the store would not take: kept in memory and tried again until it does. */
import type { SessionId } from '../../contract/ids.ts';
import type { Clock } from '../ports/clock.ts';
import { StoreFailure } from '../ports/store-failure.ts';

export interface HeldScreening {
  /** How often the store has refused it. */
  readonly refusals: number;
  /** Once more from where it stopped; rejects with a StoreFailure where the store refuses again, and is then held again. */
  readonly goOn: () => Promise<unknown>;
}

export type HeldScreenings = Map<SessionId, HeldScreening & { readonly timer: { cancel(): void } }>;

/** The part of the workstation's world that holds them. */
interface Holder {
  readonly memory: { readonly heldScreenings: HeldScreenings };
}

const firstMs = 1_000;
/** Somebody who made room should see the result soon, and a try that fails costs next to nothing. */
const longestMs = 30_000;

/** Tries again later and later; `retryScreenings` does not wait for that. */
export function holdScreening(
  { clock, memory }: Holder & { readonly clock: Clock },
  id: SessionId,
  screening: HeldScreening,
): void {
  const waitMs = Math.min(longestMs, firstMs * 2 ** Math.min(screening.refusals - 1, 10));
  const timer = clock.after(waitMs, () => void retryQuietly({ memory }, id));
  memory.heldScreenings.set(id, { ...screening, timer });
}

/** This one now, where it is held; rejects with the StoreFailure where it still cannot be stored. */
export async function retryScreening({ memory }: Holder, id: SessionId): Promise<void> {
  const held = memory.heldScreenings.get(id);
  if (held === undefined) return;
  held.timer.cancel();
  // Whoever comes meanwhile finds nothing to try: it is under way, or held anew.
  memory.heldScreenings.delete(id);
  await held.goOn();
}

/** All of them, beside everything else: somebody does something here and may have made room. */
export function retryScreenings({ memory }: Holder): void {
  for (const id of [...memory.heldScreenings.keys()]) void retryQuietly({ memory }, id);
}

/** Ends with the app: what was not stored is screened again at the next start. */
export function leaveScreenings({ memory }: Holder): void {
  for (const { timer } of memory.heldScreenings.values()) timer.cancel();
  memory.heldScreenings.clear();
}

async function retryQuietly(world: Holder, id: SessionId): Promise<void> {
  try {
    await retryScreening(world, id);
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
  }
}
