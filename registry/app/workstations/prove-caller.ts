import type { HospitalId, WorkstationId } from '../../../contract/registry/ids.ts';
import { proofClaimsSchema, proofToleranceS } from '../../../contract/registry/sync.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import type { Caller } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { nowOf, type World } from '../world.ts';

/** A call as its proof must name it. */
export interface ProvenCall {
  readonly jws: string;
  readonly requestId: string;
  readonly method: string;
  /** Path with query, as it stood in the request. */
  readonly path: string;
}

export interface Proof {
  readonly caller: Extract<Caller, { kind: 'workstation' }>;
  /** What the body must hash to; the host compares when it has read it. */
  readonly bodySha256: string | undefined;
}

/** When a workstation was last seen is written down at most this often. */
const seenEveryMs = 60_000;

/**
 * Which workstation made this very call. `workstation-revoked` is told only to who holds the key. Nobody learns from
 * `not-authenticated` whether there is such a workstation.
 */
export async function callerOfProof(
  world: Pick<World, 'clock' | 'store' | 'proofs' | 'registryId'>,
  { jws, requestId, method, path }: ProvenCall,
): Promise<Outcome<Proof>> {
  const unproven = refuse('not-authenticated', v1Details.notAuthenticated);
  const claimedId = world.proofs.claimedBy(jws);
  if (claimedId === undefined) return unproven;
  const row = await world.store.look.get('workstations', claimedId);
  if (row === undefined) return unproven;
  const claims = proofClaimsSchema.safeParse(await world.proofs.verify(jws, row.publicKey));
  if (!claims.success) return unproven;
  const { iss, aud, iat, jti, htm, htu, bodySha256 } = claims.data;
  const isForThisCall =
    iss === row.id && aud === world.registryId && jti === requestId && htm === method && htu === path;
  if (!isForThisCall) return unproven;
  if (row.revokedAt !== null) {
    return refuse('workstation-revoked', 'This workstation may not speak with the registry any more');
  }
  if (Math.abs(iat - world.clock.now() / 1000) > proofToleranceS) {
    return refuse('clock-skew', 'The proof is dated too far from the registry’s clock');
  }
  await noteSeen(world, row);
  return done({
    caller: {
      kind: 'workstation',
      workstationId: row.id as WorkstationId,
      hospitalId: row.hospitalId as HospitalId,
      formerHospitals: row.formerHospitals as readonly HospitalId[],
    },
    bodySha256,
  });
}

async function noteSeen(
  world: Pick<World, 'clock' | 'store'>,
  { id, lastSeenAt }: { readonly id: string; readonly lastSeenAt: string | null },
): Promise<void> {
  const isRecent = (seenAt: string | null): boolean =>
    seenAt !== null && world.clock.now() - Date.parse(seenAt) < seenEveryMs;
  if (isRecent(lastSeenAt)) return;
  await world.store.write(async (transaction) => {
    // Of many calls at once, one writes.
    const row = await transaction.get('workstations', id);
    if (row !== undefined && !isRecent(row.lastSeenAt)) {
      await transaction.update('workstations', id, { lastSeenAt: nowOf(world) });
    }
  });
}
