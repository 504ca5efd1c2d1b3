import { fail, ok, type Result } from '../../contract/result.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { SessionDetail, SessionSummary, Take } from '../../contract/session.ts';
import { stepsOf } from '../core/session-rules.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { SyncFacts } from '../ports/store-sync.ts';
import { protocolOf } from './definitions.ts';
import type { World } from './world.ts';

/**
 * A session whole, as its page shows it. Readable also where its protocol is not there any more: the steps are then
 * those that were recorded or left out.
 */
export async function readSession(world: World, id: SessionId): Promise<Result<SessionDetail>> {
  const record = world.store.read((transaction) => transaction.sessions.get(id));
  if (record === undefined) return fail('session-not-found');
  const protocol = await protocolOf(world, record.protocol);
  return world.store.read((transaction) =>
    assemble(transaction, id, protocol.ok ? protocol.value : undefined),
  );
}

function assemble(
  transaction: StoreTransaction,
  id: SessionId,
  protocol: ProtocolDefinition | undefined,
): Result<SessionDetail> {
  const record = transaction.sessions.get(id);
  const summary = transaction.sessions.summary(id);
  if (record === undefined || summary === undefined) return fail('session-not-found');
  const takes = transaction.takes.ofSession(id);
  return ok({
    ...summary,
    models: [...record.models],
    answers: record.answers,
    confirmedWarnings: [...record.confirmedWarnings],
    consent: record.consent,
    currentStep: record.currentStep,
    steps: stepsOf(
      protocol?.steps.map((step) => step.key) ?? keysOf(takes, record.skips),
      takes,
      record.skips,
    ).map((step) => ({ ...step, takes: [...step.takes] })),
    screenings: [...transaction.screenings.ofSession(id)],
    notes: transaction.notes
      .ofSession(id)
      .map(({ id: noteId, text, at, by }) => ({ id: noteId, text, at, by })),
    history: transaction.audit.ofSession(id).map(({ sequence, at, by, action, details }) => ({
      sequence,
      at,
      by,
      action,
      details: { ...details },
    })),
    formerRegistries: formerRegistriesOf(transaction, summary).map(({ registryUrl }) => registryUrl),
  });
}

/**
 * Registries that this PC has left and that have the session, by a receipt, or may have parts of it: all that was here
 * and complete before it left.
 */
export function formerRegistriesOf(
  { sync }: Pick<StoreTransaction, 'sync'>,
  { id, createdAt, status }: Pick<SessionSummary, 'id' | 'createdAt' | 'status'>,
): SyncFacts['formerRegistries'] {
  const { formerRegistries } = sync.facts();
  if (formerRegistries.length === 0 || status === 'draft') return [];
  const withReceipt = new Set(sync.receipts(id).map(({ receipt }) => receipt.registryId));
  return formerRegistries.filter(
    ({ registryId, leftAt }) =>
      withReceipt.has(registryId) || Date.parse(createdAt.at) < Date.parse(leftAt.at),
  );
}

function keysOf(takes: readonly Take[], skips: readonly { readonly stepKey: string }[]): readonly string[] {
  return [...new Set([...takes, ...skips].map(({ stepKey }) => stepKey))];
}
