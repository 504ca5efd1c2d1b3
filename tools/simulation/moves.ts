/** PCs that do not stay who they were: access ended and given again, left and come back, taken to another registry. */
import { revokeWorkstation } from '../../registry/app/workstations/workstations.ts';
import type { Fleet, Place } from './fleet.ts';
import { invite } from './registry-people.ts';
import type { Station } from './station.ts';

/**
 * `revoked`: IT at the registry ends its access. `leaves`: IT at the PC ends it, and nobody at the registry hears of
 * it. `elsewhere`: it leaves for another registry, where there is one. Hospitals may change with each.
 */
export type MoveKind = 'revoked' | 'leaves' | 'elsewhere';

const minuteMs = 60_000;

/** Takes as long as it takes: whoever has begun enrols the PC again. */
export function moveAway(fleet: Fleet, station: Station, kind: MoveKind): void {
  const { places, trace, moving } = fleet;
  const enrolment = enrolmentOf(station);
  const from = places.find(({ url }) => url === enrolment?.registryUrl);
  if (enrolment === null || from === undefined || moving.has(station.name)) return;
  moving.add(station.name);
  trace(`${station.name} ${kind}`);
  const { workstationId } = enrolment;
  const others = places.filter((place) => place !== from);
  const to = kind === 'elsewhere' && others.length > 0 ? fleet.chance.pick(others) : from;
  if (kind === 'revoked') {
    void from.people.attempt('revokes', (call) => revokeWorkstation(call, { workstationId }));
    fleet.timeline.after(10 * minuteMs, () => void comeBackRevoked(fleet, station, from, workstationId));
  } else {
    void leave(fleet, station, to, workstationId);
  }
}

async function comeBackRevoked(fleet: Fleet, station: Station, place: Place, before: string): Promise<void> {
  const again = (): void => void comeBackRevoked(fleet, station, place, before);
  const row = await place.cluster.store.read((reader) => reader.get('workstations', before));
  // The process died, or the database was away: then it is let be.
  if (row?.revokedAt === null) return void fleet.moving.delete(station.name);
  if (!station.isOn) return void fleet.timeline.after(10 * minuteMs, again);
  // A PC believes that it is out only when the registry said so.
  await station.askSync();
  enrolSoon(fleet, station, place, { before, again });
}

async function leave(fleet: Fleet, station: Station, to: Place, before: string): Promise<void> {
  const again = (): void => void leave(fleet, station, to, before);
  if (!station.isOn) return void fleet.timeline.after(10 * minuteMs, again);
  if (enrolmentOf(station) !== null) await station.leave();
  if (enrolmentOf(station)?.workstationId === before) return void fleet.timeline.after(minuteMs, again);
  enrolSoon(fleet, station, to, { before, again });
}

function enrolSoon(
  { timeline, chance, moving, trace }: Fleet,
  station: Station,
  { url, cluster, people }: Place,
  { before, again }: { readonly before: string; readonly again: () => void },
): void {
  timeline.after(chance.between(10_000, 2 * minuteMs), () => {
    // An impatient person: the answer to this may come when the PC is enrolled again already.
    if (chance.is(0.5)) void station.askSync();
    void invite(cluster.world, chance.pick(people.hospitals))
      .then((code) => station.enrol(url, code))
      .then(() => {
        // Also where the power was lost before anybody was told.
        const now = enrolmentOf(station)?.workstationId;
        if (now === undefined || now === before) return void timeline.after(minuteMs, again);
        moving.delete(station.name);
        trace(`${station.name} is enrolled again`);
      });
  });
}

function enrolmentOf({ store }: Station) {
  return store.read(({ sync }) => sync.facts().enrolment);
}
