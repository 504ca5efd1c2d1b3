/** A model package comes in beside the work: it goes on where it broke, and lets sessions that are to be sent go first. */
import type { OfferedModel } from '../../../contract/registry/sync.ts';
import { bytesForSession } from '../../core/disk-need.ts';
import { fail, ok, type Problem, type Result } from '../../../contract/result.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import { checkDisk } from '../check-disk.ts';
import type { World } from '../world.ts';
import { pace } from './pace.ts';
import { ask, type Pass } from './pass.ts';

/** As large as a model folder may be. */
const maximumPackageBytes = 4 * 1024 * 1024 * 1024;
/** The package, what comes out of it, and its copy among the models. */
const copies = 3;

/** `paused`: something else is to be sent first; what came is kept. */
export async function fetchPackage(
  pass: Pass,
  offer: OfferedModel,
  onProgress: (receivedBytes: number) => void,
): Promise<Result<'whole' | 'paused'>> {
  const { world, peers } = pass;
  const { sha256, packageSha256, packageBytes } = offer;
  const room = await checkRoom(world, packageBytes);
  if (!room.ok) return room;
  const openBefore = countToSend(world);
  const canceller = createCanceller(pass.cancellation);
  let ownProblem: Problem | undefined;
  let isPaused = false;

  const fetchRest = async (): Promise<Result<null>> => {
    const begun = await world.modelPackages.begin(packageSha256);
    if (!begun.ok) {
      ownProblem = begun.problem;
      return ok(null);
    }
    const file = begun.value;
    let receivedBytes = file.sizeBytes;
    const receive = async (piece: Uint8Array): Promise<void> => {
      if (canceller.isCancelled) return;
      await pace(pass, piece.length);
      const kept = await file.append(piece);
      if (kept.ok) {
        receivedBytes += piece.length;
        pass.hasProgressed = true;
        onProgress(receivedBytes);
        isPaused = countToSend(world) > openBefore;
      } else ownProblem = kept.problem;
      if (isPaused || ownProblem !== undefined) canceller.cancel();
    };
    const wanted = { sha256, packageSha256, packageBytes, offsetBytes: file.sizeBytes };
    const answer =
      file.sizeBytes >= packageBytes
        ? ok(null)
        : await world.registry.modelPackage(peers, wanted, receive, canceller);
    const ended = await file.end();
    if (!ended.ok) ownProblem ??= ended.problem;
    return isPaused || ownProblem !== undefined ? ok(null) : answer;
  };

  const fetched = await ask(pass, fetchRest);
  if (ownProblem !== undefined) return { ok: false, problem: ownProblem };
  if (isPaused) return ok('paused');
  return fetched.ok ? ok('whole') : fetched;
}

/** Room for recordings goes before room for models. */
async function checkRoom(world: World, packageBytes: number): Promise<Result<null>> {
  if (packageBytes > maximumPackageBytes) return fail('too-large', { maximumBytes: maximumPackageBytes });
  const definitions = await world.definitions.list();
  if (!definitions.ok) return definitions;
  const forSession = Math.max(0, ...definitions.value.protocols.map(bytesForSession));
  return checkDisk(world, forSession + copies * packageBytes);
}

function countToSend({ store }: Pick<World, 'store'>): number {
  return store.read(({ sync, outbox }) => sync.countOpen() + outbox.waiting('withdrawal', 1000).length);
}
