import { base64FromBytes, bytesFromBase64 } from '../../../contract/base64.ts';
import type { Json } from '../../../contract/canonical-json.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import type { TrainingSession } from '../../../contract/registry/training-runs.ts';
import { hospitalsOf, may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { inForce } from '../../core/labels/labels.ts';
import { lonePseudonym, participantPseudonym } from '../../core/pseudonyms.ts';
import { trainingSession } from '../../core/training-sessions.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import { labelsOf, type StoredLabel } from '../labels/label-rows.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { storedSession } from '../sessions/read-sessions.ts';
import type { Call, World } from '../world.ts';

const keyFact = 'participant-key';
/** Sessions are given in order of arrival, then what was withdrawn, by id. */
const placePattern = /^(?:session:(\d{1,15})|withdrawn:([0-9a-f-]{36}|))$/u;

/**
 * A page of the sessions of the caller's hospitals: those that may be trained on under pseudonyms, the others by id and
 * reason, those that were withdrawn as well. Nothing is passed over in silence.
 */
export async function listTrainingSessions(
  call: Call,
  { query: { after = 'session:0', limit, purpose } }: RouteInput<'training-sessions.list'>,
): Promise<Outcome<RouteAnswer<'training-sessions.list'>>> {
  const { world, caller } = call;
  if (!may(caller, 'training-sessions.read')) {
    await recordRefusal(call, { action: 'training-sessions.read', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  const place = placePattern.exec(after);
  if (place === null) {
    return refuse('invalid-input', 'after is not a place in this list', { facts: { field: 'after' } });
  }
  const hospitals = hospitalsOf(caller);
  const where = hospitals === 'all' ? {} : { hospitalId: { in: hospitals } };
  const key = await participantKey(world);
  const [, sequence, withdrawnAfter] = place;
  const page = await world.store.read(async (reader) => {
    if (sequence === undefined) return withdrawnPage(reader, where, withdrawnAfter ?? '', limit);
    const rows = await reader.find('sessions', {
      where: { ...where, sequence: { above: Number(sequence) } },
      order: [['sequence', 'ascending']],
      limit,
    });
    const ids = rows.map(({ id }) => id);
    const labels = Map.groupBy(inForce(await labelsOf(reader, ids)), ({ sessionId }) => sessionId);
    const sessions: TrainingSession[] = [];
    for (const row of rows) {
      const one = await offer({ reader, key, labels: labels.get(row.id) ?? [] }, row, purpose);
      if (one !== undefined) sessions.push(one);
    }
    const last = rows.at(-1);
    const next =
      rows.length < limit || last === undefined ? 'withdrawn:' : `session:${String(last.sequence)}`;
    return { sessions, next };
  });
  await world.store.write((transaction) =>
    recordDeed(world, transaction, {
      by: caller,
      action: 'training-sessions-listed',
      details: {
        purpose,
        offered: page.sessions.filter(({ state }) => state === 'offered').length,
        notOffered: page.sessions.filter(({ state }) => state === 'not-offered').length,
      },
    }),
  );
  return done(page);
}

interface Reading {
  readonly reader: StoreReader;
  readonly key: Uint8Array;
  /** In force. */
  readonly labels: readonly StoredLabel[];
}

/** Undefined where the session went between two reads. */
async function offer(
  { reader, key, labels }: Reading,
  row: Row<'sessions'>,
  purpose: 'research' | 'retraining',
): Promise<TrainingSession | undefined> {
  const stored = await storedSession(reader, row);
  if (stored === undefined) return undefined;
  const takes = await reader.find('takes', { where: { sessionId: row.id, state: 'stored' } });
  const { hospitalId, recordNumber } = row;
  return trainingSession(
    stored,
    { purpose },
    {
      participant:
        recordNumber === null
          ? lonePseudonym(key, row.id)
          : participantPseudonym(key, { hospitalId, recordNumber }),
      hospitalName: (await reader.get('hospitals', hospitalId))?.name,
      labels: labels.flatMap(({ question, source, value, at }) =>
        value === null ? [] : [{ question, source, value, at }],
      ),
      stored: new Set(takes.map(({ id }) => id)),
    },
  );
}

async function withdrawnPage(
  reader: StoreReader,
  where: { readonly hospitalId?: { readonly in: readonly string[] } },
  after: string,
  limit: number,
): Promise<{ readonly sessions: TrainingSession[]; readonly next: string | null }> {
  const rows = await reader.find('tombstones', {
    where: { ...where, ...(after === '' ? {} : { id: { above: after } }) },
    order: [['id', 'ascending']],
    limit,
  });
  const last = rows.at(-1);
  return {
    sessions: rows.map(({ id, kind }) => ({
      state: 'not-offered',
      sessionId: id as TrainingSession['sessionId'],
      reason: kind === 'deletion' ? 'deleted' : 'withdrawn',
    })),
    next: rows.length < limit || last === undefined ? null : `withdrawn:${last.id}`,
  };
}

/** Made once, and never shown: without it a pseudonym says nothing, and cannot be tried out. */
async function participantKey({
  store,
  randomness,
}: Pick<World, 'store' | 'randomness'>): Promise<Uint8Array> {
  const known = await store.read((reader) => reader.get('facts', keyFact));
  if (known !== undefined) return keyOf(known.value);
  const fresh = base64FromBytes(randomness.bytes(32));
  const value = await store.write(async (transaction) => {
    const meanwhile = await transaction.get('facts', keyFact);
    if (meanwhile !== undefined) return meanwhile.value;
    await transaction.insert('facts', { id: keyFact, value: fresh });
    return fresh;
  });
  return keyOf(value);
}

function keyOf(value: Json): Uint8Array {
  const key = typeof value === 'string' ? bytesFromBase64(value) : undefined;
  // Going on with another key would make one participant two.
  if (key?.length !== 32) throw new Error('the key of the pseudonyms is damaged');
  return key;
}
