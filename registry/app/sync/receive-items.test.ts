import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import { sha256 } from '../../../contract/sha256.ts';
import {
  auditChain,
  auditItem,
  idOf,
  isOfContract,
  itemOf,
  moment,
  otherHospital,
  personCaller,
  sessionOf,
  testRegistry,
  withdrawalOf,
  workstationCaller,
  type SentItem,
} from './fixtures/registry.ts';
import { receiveItems } from './receive-items.ts';

const outcomes = (answers: readonly { readonly outcome: string }[]): readonly string[] =>
  answers.map(({ outcome }) => outcome);

function changed(item: SentItem, change: { readonly [key: string]: Json }): SentItem {
  return itemOf(item.kind, { ...(item.content as object), ...change } as Json, item.counter);
}

describe('what is taken', () => {
  it('stores a session with its takes, results and notes, and keeps the bytes that were hashed', async () => {
    const registry = await testRegistry();
    const session = sessionOf(1);
    expect(session.items.map(isOfContract)).toEqual(session.items.map(() => true));
    expect(outcomes(await registry.send(session.items))).toEqual(session.items.map(() => 'stored'));
    expect(await registry.rows('sessions')).toEqual([
      {
        id: session.id,
        hospitalId: workstationCaller(1).hospitalId,
        workstationId: workstationCaller(1).workstationId,
        mode: 'inference',
        kind: 'PATIENT',
        recordNumber: '14259401E',
        recordKey: '14259401E',
        createdAt: '2026-03-09T09:00:00.000Z',
        receivedAt: '2026-03-09T12:00:00.000Z',
        state: 'receiving',
        purposes: ['care', 'research'],
        sequence: 1000,
      },
    ]);
    expect((await registry.rows('takes')).map(({ id, state }) => [id, state])).toEqual(
      session.takeIds.map((id) => [id, 'announced']),
    );
    for (const row of await registry.rows('items')) {
      expect(sha256(canonicalJson(row.content))).toBe(row.sha256);
    }
  });

  it('answers each item at its place, whatever order the call has', async () => {
    const registry = await testRegistry();
    const reversed = sessionOf(1).items.toReversed();
    const answers = await registry.send(reversed);
    expect(answers.map(({ index, kind, id, outcome }) => ({ index, kind, id, outcome }))).toEqual(
      reversed.map(({ kind, id }, index) => ({ index, kind, id, outcome: 'stored' })),
    );
  });

  it('says not yet to what comes before its session, and takes it when it comes again', async () => {
    const registry = await testRegistry();
    const [session, ...parts] = sessionOf(1).items;
    expect(outcomes(await registry.send(parts))).toEqual(parts.map(() => 'not-yet'));
    expect(await registry.rows('reviews')).toEqual([]);
    expect(outcomes(await registry.send([session, ...parts]))).toEqual(
      sessionOf(1).items.map(() => 'stored'),
    );
  });

  it('records the clock of the PC as a skew and orders nothing by it', async () => {
    const registry = await testRegistry();
    const { world } = registry;
    const dayMs = 24 * 60 * 60 * 1000;
    const clock = { at: new Date(world.clock.now() - dayMs).toISOString(), zone: 'UTC' };
    const caller = workstationCaller(1);
    await receiveItems(registry.callBy(caller), {
      clock,
      appVersion: '2.0.0',
      items: [sessionOf(1).items[0]],
    });
    expect(
      await world.store.read((reader) => reader.get('workstations', caller.workstationId)),
    ).toMatchObject({
      clockSkewMs: -dayMs,
      appVersion: '2.0.0',
      lastSeenAt: '2026-03-09T12:00:00.000Z',
    });
    await registry.send([sessionOf(2).items[0]]);
    expect((await registry.rows('sessions')).map(({ sequence }) => sequence)).toEqual([1000, 2000]);
  });

  it('is for workstations only', async () => {
    const registry = await testRegistry();
    const input = { clock: moment(0), appVersion: '1', items: sessionOf(1).items.slice() };
    for (const caller of [personCaller('it', 'all'), { kind: 'public', address: '::1' } as const]) {
      const refused = await receiveItems(registry.callBy(caller), input);
      expect(refused).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    }
    expect(await registry.rows('items')).toEqual([]);
  });
});

describe('what is not taken', () => {
  it('keeps other content under a known id for review, once, and goes on', async () => {
    const registry = await testRegistry();
    const { items } = sessionOf(1);
    await registry.send(items);
    const edited = changed(items[0]!, { recordNumber: 'B-2' });
    const [conflict, stored] = await registry.send([edited, ...sessionOf(2).items]);
    expect(conflict).toMatchObject({ outcome: 'conflict', reason: 'other-content' });
    expect(stored).toMatchObject({ outcome: 'stored' });
    for (let again = 0; again < 3; again += 1) await registry.send([edited]);
    expect(await registry.rows('reviews')).toMatchObject([
      {
        why: 'conflict',
        kind: 'session',
        itemId: items[0]!.id,
        sha256: edited.sha256,
        offered: edited.content,
      },
    ]);
    expect((await registry.rows('sessions'))[0]).toMatchObject({ recordNumber: '14259401E' });
  });

  it('quarantines each bad item with its reason, once, and takes every good one beside it', async () => {
    const registry = await testRegistry();
    const { items } = sessionOf(1);
    const bad = sessionOf(2).items[0]!;
    const deep = JSON.parse('['.repeat(3000) + ']'.repeat(3000)) as Json;
    const faulty: readonly (readonly [unknown, string])[] = [
      [null, 'item'],
      ['text', 'item'],
      [deep, 'not-json'],
      [JSON.parse('{"kind":"note","counter":1e999}'), 'not-json'],
      [{ ...bad, kind: 'unknown' }, 'item.kind'],
      [{ ...bad, counter: -1 }, 'item.counter'],
      [{ ...bad, sha256: 'f'.repeat(64) }, 'sha256'],
      [changed(bad, { mode: 'guess' }), 'content.mode'],
      [changed(bad, { answers: { 'Maria da Silva': { a: 1 } } }), 'content.answers.*'],
      [{ ...bad, id: idOf(0x99) }, 'id-differs'],
      [{ ...bad, sessionId: idOf(0x99) }, 'session-differs'],
    ];
    const batch = [...faulty.map(([item]) => item), ...items];
    for (let again = 0; again < 2; again += 1) {
      const answers = await registry.send(batch);
      expect(answers.slice(0, faulty.length).map(({ outcome, reason }) => [outcome, reason])).toEqual(
        faulty.map(([, reason]) => ['invalid', reason]),
      );
      expect(outcomes(answers.slice(faulty.length))).toEqual(
        items.map(() => (again === 0 ? 'stored' : 'already')),
      );
    }
    // `null` and the two that are no JSON have no content to tell them apart by: one review for both of these.
    const reviews = await registry.rows('reviews');
    expect(reviews.length).toBeLessThanOrEqual(faulty.length);
    expect(new Set(reviews.map(({ kind, itemId, sha256: hash }) => `${kind}:${itemId}:${hash}`)).size).toBe(
      reviews.length,
    );
    expect(reviews.find(({ reason }) => reason === 'content.mode')).toMatchObject({
      why: 'invalid',
      sessionId: bad.id,
    });
    // A content of which nobody can say whose it is could never be withdrawn: it is not kept.
    expect(reviews.filter(({ sessionId }) => sessionId === null).map(({ offered }) => offered)).toEqual(
      reviews.filter(({ sessionId }) => sessionId === null).map(() => null),
    );
  });

  it('leaves a session to the workstation that announced it, and to its hospital', async () => {
    const registry = await testRegistry();
    const { items } = sessionOf(1);
    await registry.send(items.slice(0, 2));
    for (const by of [2, 3] as const) {
      const answers = await registry.send([...items, withdrawalOf(items[0]!.id, 'deletion', by)], by);
      expect(answers.map(({ outcome, reason }) => [outcome, reason])).toEqual(
        answers.map(() => ['invalid', 'other-workstation']),
      );
    }
    expect(await registry.rows('items')).toHaveLength(2);
    expect(await registry.rows('tombstones')).toEqual([]);
  });

  it('lets a PC that was revoked and enrolled again go on with the sessions that it proves to hold', async () => {
    const registry = await testRegistry();
    const { items, id } = sessionOf(1);
    await registry.send(items.slice(0, 2));
    await registry.world.store.write((transaction) =>
      transaction.update('workstations', workstationCaller(1).workstationId, {
        revokedAt: '2026-03-09T12:00:00.000Z',
      }),
    );
    expect(outcomes(await registry.send([changed(items[0]!, { recordNumber: 'X' })], 2))).toEqual([
      'invalid',
    ]);
    expect(outcomes(await registry.send(items, 3))).toEqual(items.map(() => 'invalid'));
    expect(outcomes(await registry.send(items, 2))).toEqual([
      'already',
      'already',
      ...items.slice(2).map(() => 'stored'),
    ]);
    const row = await registry.world.store.read((reader) => reader.get('sessions', id));
    expect(row?.workstationId).toBe(workstationCaller(2).workstationId);
  });
});

describe('the audit trail of a workstation', () => {
  it('is stored per workstation, in any order, without a review where it is whole', async () => {
    const registry = await testRegistry();
    const items = auditChain(5).map(auditItem);
    for (const item of [items[3], items[0], items[4], items[2], items[1]]) await registry.send([item]);
    expect(outcomes(await registry.send(items, 2))).toEqual(items.map(() => 'stored'));
    expect(await registry.rows('items')).toHaveLength(10);
    expect(await registry.rows('reviews')).toEqual([]);
  });

  it('is kept and put up for review where its chain is broken or an entry was edited, whatever came first', async () => {
    const chain = auditChain(4);
    const edited = { ...chain[1]!, by: 'somebody else' };
    const broken = chain.map((entry, index) => (index === 3 ? auditChainFrom(entry.sequence) : entry));
    const items = [chain[0]!, edited, broken[2]!, broken[3]!].map(auditItem);
    for (const order of [items, items.toReversed()]) {
      const registry = await testRegistry();
      for (const item of order) expect(outcomes(await registry.send([item]))).toEqual(['stored']);
      await registry.send(order);
      const reviews = await registry.rows('reviews');
      expect(reviews.map(({ itemId, reason }) => `${String(itemId)} ${reason}`).sort()).toEqual([
        '2 audit-edited',
        '4 audit-chain-broken',
      ]);
    }
  });
});

/** An entry that is right in itself and hangs on nothing. */
function auditChainFrom(sequence: number) {
  const [first] = auditChain(1);
  const other = auditChain(sequence + 1).at(-2)!;
  const rechained = { ...other, previousHash: first!.hash };
  const { hash: _hash, ...content } = rechained;
  return { ...rechained, hash: sha256(canonicalJson(content as unknown as Json)) };
}

describe('withdrawal', () => {
  it('takes content away, leaves hashes, tells the hospital, and answers gone to whatever is sent again', async () => {
    const registry = await testRegistry();
    const { items, id } = sessionOf(1);
    await registry.send([...items, ...sessionOf(2).items]);
    await registry.send([changed(items[0]!, { recordNumber: 'SECRET-7' })]);
    const withdrawal = withdrawalOf(id);
    expect(outcomes(await registry.send([withdrawal]))).toEqual(['stored']);
    expect(outcomes(await registry.send([...items, withdrawal]))).toEqual([
      ...items.map(() => 'gone'),
      'already',
    ]);
    expect(outcomes(await registry.send([changed(items[0]!, { mode: 'SECRET' })]))).toEqual(['gone']);

    const [tombstone] = await registry.rows('tombstones');
    expect(tombstone).toMatchObject({ id, kind: 'withdrawal', hospitalId: workstationCaller(1).hospitalId });
    expect(tombstone?.removed).toEqual(
      expect.arrayContaining(
        items.map(({ kind, id: itemId, sha256: hash }) => ({ kind, id: itemId, sha256: hash })),
      ),
    );
    expect((await registry.rows('sessions')).map((row) => row.id)).toEqual([sessionOf(2).id]);
    expect(
      (await registry.rows('items')).filter((row) => row.sessionId === id).map(({ kind }) => kind),
    ).toEqual(['withdrawal']);
    const everything = JSON.stringify([
      await registry.rows('items'),
      await registry.rows('reviews'),
      await registry.rows('changes'),
      await registry.rows('audit'),
      tombstone,
    ]);
    expect(everything).not.toContain('SECRET');
    expect(everything).not.toContain('note of 1');
    expect(everything).toContain('note of 2');
    expect(await registry.rows('changes')).toMatchObject([
      {
        hospitalId: workstationCaller(1).hospitalId,
        kind: 'tombstone',
        content: { sessionId: id, kind: 'withdrawal' },
      },
    ]);
  });

  it('also empties the review of a voice that was offered under another session', async () => {
    const registry = await testRegistry();
    const [first, second] = [sessionOf(1), sessionOf(2)];
    await registry.send([...first.items, ...second.items]);
    await registry.send([changed(first.items[1]!, { sessionId: second.id })]);
    expect((await registry.rows('reviews')).map(({ offered }) => offered === null)).toEqual([false]);
    await registry.send([withdrawalOf(first.id)]);
    expect((await registry.rows('reviews')).map(({ offered }) => offered)).toEqual([null]);
  });

  it('stands before the session has come, and even in the call that brings it', async () => {
    const registry = await testRegistry();
    const { items, id } = sessionOf(1);
    expect(outcomes(await registry.send([...items, withdrawalOf(id)]))).toEqual([
      ...items.map(() => 'gone'),
      'stored',
    ]);
    expect(await registry.rows('sessions')).toEqual([]);
    expect(await registry.rows('tombstones')).toHaveLength(1);
  });

  it('becomes a deletion and never a withdrawal again', async () => {
    const registry = await testRegistry();
    const { id } = sessionOf(1);
    for (const kind of ['withdrawal', 'deletion', 'withdrawal'] as const) {
      await registry.send([withdrawalOf(id, kind, kind === 'deletion' ? 2 : 1)]);
    }
    await registry.send([withdrawalOf(id, 'withdrawal', 3)]);
    expect(await registry.rows('tombstones')).toMatchObject([{ kind: 'deletion' }]);
    expect(await registry.rows('changes')).toMatchObject([{ sequence: 2, content: { kind: 'deletion' } }]);
  });

  it('of another hospital’s session is refused', async () => {
    const registry = await testRegistry();
    await registry.send([withdrawalOf(sessionOf(1).id)]);
    expect(workstationCaller(3).hospitalId).toBe(otherHospital);
    const answers = await registry.send([withdrawalOf(sessionOf(1).id, 'deletion', 9)], 3);
    expect(outcomes(answers)).toEqual(['invalid']);
    expect(await registry.rows('tombstones')).toMatchObject([{ kind: 'withdrawal' }]);
  });

  it('is not undone by what cannot be deleted at that moment', async () => {
    const registry = await testRegistry();
    const { items, id } = sessionOf(1);
    await registry.send(items);
    await registry.world.blobs.put(`takes/${id}/a.wav`, one(new Uint8Array(10)));
    registry.blobs.failNext('delete', 'unavailable');
    expect(outcomes(await registry.send([withdrawalOf(id)]))).toEqual(['stored']);
    expect(registry.blobs.keys()).toEqual([`takes/${id}/a.wav`]);
    expect(await registry.rows('tombstones')).toMatchObject([{ pendingBlobs: [`takes/${id}/`] }]);
  });
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(bytes);
}
