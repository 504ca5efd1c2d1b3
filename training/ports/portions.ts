import type {
  LeasedPortion,
  PortionProblem,
  PortionRange,
  PortionSet,
  PortionSetId,
} from '../../contract/registry/feature-portions.ts';
import type { Outcome } from '../core/outcome.ts';

export interface AnnouncedPortions {
  readonly orderSha256: string;
  readonly codeSha256: string;
  readonly portions: readonly PortionRange[];
}

export interface LeaseRequest {
  /** UUID of this process. */
  readonly worker: string;
  readonly codeSha256: string;
  /** Of one's own set only, also what is not handed out yet. */
  readonly setId?: PortionSetId;
}

/** Portions of features, announced to workers on other machines and worked on by them. */
export interface Portions {
  announce(set: AnnouncedPortions): Promise<Outcome<PortionSetId>>;
  /** With the results after a place; undefined where the set is gone. */
  look(setId: PortionSetId, after: number): Promise<Outcome<PortionSet | undefined>>;
  /** No error where it is gone. */
  remove(setId: PortionSetId): Promise<Outcome<null>>;
  lease(
    request: LeaseRequest,
  ): Promise<Outcome<{ readonly portion: LeasedPortion | null; readonly isOtherCodeWanted: boolean }>>;
  /** All of these answer false where the portion is held by another, or is gone: what was made of it counts no more. */
  beat(portion: HeldPortion): Promise<Outcome<boolean>>;
  finish(portion: HeldPortion, resultSha256: string): Promise<Outcome<boolean>>;
  fail(portion: HeldPortion, code: PortionProblem): Promise<Outcome<boolean>>;
  /** Without a fault. */
  release(portion: HeldPortion): Promise<Outcome<boolean>>;
}

export type HeldPortion = Pick<LeasedPortion, 'id' | 'lease'>;
