import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { SessionId } from '../../../contract/ids.ts';
import { createCanceller } from '../../ports/cancellation.ts';
import type { RegistryFault } from '../../ports/registry.memory.ts';
import { done, readySession, ward, type Workstation } from '../fixtures/workstation.ts';
import type { World } from '../world.ts';
import { syncOnce } from './sync-once.ts';

/** What a day may do at one call: a fault of the line, the end of the program, or nothing. */
type Event = RegistryFault | 'crash' | 'disk-full' | 'fine';
class Crash extends Error {}

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>('fine') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Event>('cut-before', 'cut-after', 'portal', 'busy', 'crash', 'disk-full'),
  },
  { weight: 3, arbitrary: fc.nat({ max: 60_000 }).map((cutAfterBytes): Event => ({ cutAfterBytes })) },
);

/** Whatever says that it is safe is there, whole, in the words in which it is here. */
function expectNoneFalselySynced({ store, registry, world }: Workstation): void {
  store.read((transaction) => {
    for (const { id, sync } of transaction.sessions.withStatus(['recorded'])) {
      if (sync !== 'synced') continue;
      expect(registry.receipts.some(({ receipt }) => receipt.sessionId === id)).toBe(true);
      const content = transaction.sync.content(id) as Json | undefined;
      const kept = registry.items.get(`session ${id}`)?.content as Json | undefined;
      expect(canonicalJson(kept ?? null)).toBe(canonicalJson(content ?? null));
      for (const take of transaction.takes.ofSession(id)) {
        const wav = registry.audio.get(take.id);
        expect(wav === undefined ? '' : world.hashing.sha256(wav)).toBe(take.sha256);
      }
      for (const note of transaction.notes.ofSession(id))
        expect(registry.items.has(`note ${note.id}`)).toBe(true);
    }
  });
}

async function passing(station: Workstation, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const settled = work
    .catch((cause: unknown) => {
      if (!(cause instanceof Crash) && !String(cause).includes('disk-full')) throw cause;
    })
    .finally(() => {
      isDone = true;
    });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!isDone) station.clock.advance(5000);
  }
  await settled;
}

it('under any schedule of cuts, portals, crashes, full disks and wrong clocks, each session is there once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 15, maxLength: 80, size: 'max' }),
      fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (events, clockHours, addsNote) => {
        const station = await ward();
        const { registry, store, clinician, it: it0, clock } = station;
        let world: World = station.world;
        const input = { url: 'https://registry.example', code: registry.invite(), name: 'Ward 3' };
        await done(world, it0, 'sync.enrol', input);
        const ids: SessionId[] = [];
        for (let count = 0; count < 2; count += 1) {
          const sessionId = await readySession(world, clinician, { mode: 'collection' });
          await done(world, clinician, 'sessions.complete', { sessionId });
          ids.push(sessionId);
        }
        const left = [...events];
        registry.setFaults(() => {
          const next = left.shift() ?? 'fine';
          if (next === 'crash') throw new Crash();
          if (next === 'disk-full') store.refuse({ code: 'disk-full' });
          return next === 'disk-full' || next === 'fine' ? undefined : next;
        });
        const isDrained = (): boolean => store.read(({ sessions }) => sessions.countUnsynced()) === 0;
        let passes = 0;
        for (; passes < 150 && (left.length > 0 || !isDrained()); passes += 1) {
          const hours = clockHours[passes % clockHours.length] ?? 0;
          const wall = Date.parse('2026-03-09T12:00:00.000Z') + hours * 3_600_000;
          clock.setWallClock(new Date(wall).toISOString());
          await passing(station, syncOnce(world, { cancellation: createCanceller() }));
          store.refuse(undefined);
          expectNoneFalselySynced(station);
          if (passes % 3 === 2) world = station.restart();
          if (addsNote && passes === 1 && ids[0] !== undefined) {
            await done(world, clinician, 'sessions.add-note', { sessionId: ids[0], text: 'meanwhile' });
          }
        }
        expect(store.read(({ sessions }) => ids.map((id) => sessions.summary(id)?.sync))).toEqual([
          'synced',
          'synced',
        ]);
        expectNoneFalselySynced(station);
        expect(store.read(({ outbox, sync }) => [outbox.putAside(), sync.audioPutAside()])).toEqual([[], []]);
        expect([...registry.items.keys()].filter((key) => key.startsWith('session'))).toHaveLength(2);
      },
    ),
    { numRuns: 25, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
}, 120_000);
