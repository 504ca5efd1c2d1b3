import { keyFingerprint, readCode } from '../../../contract/registry/enrolment-code.ts';
import { successionText, type EnrolAnswer, type Enrolment } from '../../../contract/registry/sync.ts';
import { fail, ok, type Result } from '../../../contract/result.ts';
import { publicKeyBytes } from '../../core/public-key.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import { completeStatuses } from '../../core/session-keys.ts';
import type { KeyPair } from '../../ports/signing.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { SyncFacts } from '../../ports/store-sync.ts';
import type { Caller, Input, Output } from '../caller.ts';
import { recordDeed } from '../record-deed.ts';
import type { World } from '../world.ts';
import { changeFacts } from './change-facts.ts';
import { shutOutRegistryPeople, withFormer } from './leave-registry.ts';
import { makeWait } from './queue-change.ts';
import { syncStateOf } from './read-sync-state.ts';
import { waitAgain } from './send-items.ts';
import { startOver } from './start-over.ts';

/**
 * Makes this PC one of a registry's by a one-time code. The code names the registry by its key's fingerprint, so that
 * nobody on the line can stand in for it. Asking again after a lost answer, with the same code, leads to the same end.
 */
export async function enrolWorkstation(
  { world, account }: Caller,
  input: Input<'sync.enrol'>,
): Promise<Output<'sync.enrol'>> {
  const code = readCode(input.code);
  if (code === undefined) return fail('registry-code-wrong', { reason: 'form' });
  const before = world.store.read((transaction) => transaction.sync.facts());
  if (before.enrolment !== null && before.refusal === null) return fail('already-enrolled');
  const url = input.url.replace(/\/+$/u, '');
  const keys = rememberedKeys(world, code.code);
  const address = { url, allowsPlainHttp: input.allowsPlainHttp };
  const request = {
    code: code.code,
    name: input.name,
    publicKey: keys.publicKey,
    appVersion: world.appVersion,
    ...proofOfFormer(world, before, url, { code: code.code, publicKey: keys.publicKey }),
  };
  const answer = await world.registry.enrol(address, request, createCanceller());
  if (!answer.ok) return answer;
  const known = checkKey(world, answer.value, code.fingerprint);
  if (!known.ok) return known;
  const { registryId, workstationId, hospital, answerKey, modelKeys } = answer.value;
  // What is under way speaks under the earlier name.
  world.memory.sync.engine?.interrupt();
  const enrolled = world.store.write((transaction): Result<null> => {
    const facts = transaction.sync.facts();
    if (facts.enrolment !== null && facts.refusal === null) return fail('already-enrolled');
    const at = world.clock.now();
    if (facts.lastRegistryId !== null && facts.lastRegistryId !== registryId) {
      startOver(transaction, registryId);
    }
    // Whom the former hospital lets in, this one may not know, and could not shut out.
    const isElsewhere = facts.enrolment !== null && facts.enrolment.hospital.id !== hospital.id;
    if (isElsewhere) shutOutRegistryPeople(world, transaction);
    const isAnotherHere = formerOf(facts)?.workstationId !== workstationId;
    if (isAnotherHere && facts.lastRegistryId === registryId) showSessionsAgain(transaction);
    changeFacts(transaction, {
      enrolment: {
        registryUrl: url,
        allowsPlainHttp: input.allowsPlainHttp,
        registryId,
        workstationId,
        workstationName: input.name,
        hospital,
        enrolledAt: at,
        answerKey,
        modelKeys,
        keys,
      },
      lastRegistryId: registryId,
      former: null,
      formerRegistries: withFormer(facts, at).filter((former) => former.registryId !== registryId),
      pendingEnrolment: null,
      feedPosition: 0,
      // The chain is this device's under its new name too, and whole only from its start.
      auditPosition: 0,
      refusal: null,
    });
    transaction.sync.putHospital({ ...hospital, isOwn: true });
    transaction.sync.markAll('local-only', 'waiting');
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'registry-enrolled',
      details: { registryId, workstationId, hospital: hospital.name, address: url },
    });
    return ok(null);
  });
  if (!enrolled.ok) return enrolled;
  world.memory.sync.engine?.wake('settings');
  return ok(syncStateOf(world));
}

function formerOf({ enrolment, former }: SyncFacts): SyncFacts['former'] {
  return enrolment ?? former;
}

/**
 * A registry that knows who this PC was lets it go on with what it sent under its earlier name, also where its answer key
 * is another since; to any other registry it is a stranger's name.
 */
function proofOfFormer(
  { signing }: Pick<World, 'signing'>,
  facts: SyncFacts,
  url: string,
  asked: Pick<Enrolment, 'code' | 'publicKey'>,
): Pick<Enrolment, 'former'> {
  // It may have belonged to others since it left this one.
  const wasHere = facts.formerRegistries.find(({ registryUrl }) => registryUrl === url)?.as;
  const former = wasHere ?? formerOf(facts);
  if (former === null) return {};
  const signature = signing.sign(former.keys.privateKey, successionText(asked));
  return { former: { workstationId: former.workstationId, signature } };
}

/** The same keys for the same code: the registry knows by them that it is the same PC that asks again. */
function rememberedKeys(world: World, code: string): KeyPair {
  return world.store.write((transaction) => {
    const { pendingEnrolment } = transaction.sync.facts();
    if (pendingEnrolment?.code === code) return pendingEnrolment.keys;
    const keys = world.signing.makeKeyPair();
    changeFacts(transaction, { pendingEnrolment: { code, keys } });
    return keys;
  });
}

/**
 * What this PC sent stands at the registry under its earlier name. Each session is shown once more, so that the registry
 * hands it over: until then it would take nothing that belongs to it from the new one.
 */
function showSessionsAgain(transaction: StoreTransaction): void {
  for (const { id } of transaction.sessions.withStatus(completeStatuses)) {
    waitAgain(transaction, 'session', id);
    if (transaction.outbox.get('session', id)?.fate.state === 'waiting') makeWait(transaction, id);
  }
}

function checkKey(
  { hashing }: Pick<World, 'hashing'>,
  { answerKey }: EnrolAnswer,
  fingerprint: string,
): Result<null> {
  const bytes = publicKeyBytes(answerKey.publicKey);
  if (bytes === undefined) return fail('registry-answer-invalid', { reason: 'key' });
  const hash = hashing.sha256(bytes);
  if (keyFingerprint(hash) !== fingerprint || !hash.startsWith(answerKey.keyId)) {
    return fail('registry-other', { reason: 'fingerprint' });
  }
  return ok(null);
}
