import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import { foldText } from '../../../contract/fold-text.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { StoreReader, StoreTransaction } from '../../ports/store.ts';
import { appendChange } from '../append-change.ts';
import { recordDeed } from '../record-deed.ts';
import { nowOf, type Call, type World } from '../world.ts';

export async function listHospitals({ world }: Call): Promise<Outcome<RouteAnswer<'hospitals.list'>>> {
  const rows = await world.store.read((reader) =>
    reader.find('hospitals', { order: [['name', 'ascending']] }),
  );
  return done({ hospitals: rows.map(({ id, name }) => ({ id, name })) });
}

export async function createHospital(
  { world, caller }: Call,
  { name }: RouteInput<'hospitals.create'>['body'],
): Promise<Outcome<RouteAnswer<'hospitals.create'>>> {
  const id = world.randomness.id(world.clock.now());
  return world.store.write(async (transaction) => {
    if (await isNameTaken(transaction, name, id)) return refuseTaken();
    await transaction.insert('hospitals', { id, name, createdAt: nowOf(world) });
    await publishHospital(world, transaction, { id, name });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'hospital-created',
      subjectId: id,
      hospitalId: id,
    });
    return done({ id, name });
  });
}

export async function renameHospital(
  { world, caller }: Call,
  { params, body }: Pick<RouteInput<'hospitals.rename'>, 'params' | 'body'>,
): Promise<Outcome<RouteAnswer<'hospitals.rename'>>> {
  const id = params.hospitalId;
  const { name } = body;
  return world.store.write(async (transaction) => {
    const row = await transaction.get('hospitals', id);
    if (row === undefined) return refuse('not-found', 'hospital not found');
    if (row.name === name) return done({ id, name });
    if (await isNameTaken(transaction, name, id)) return refuseTaken();
    await transaction.update('hospitals', id, { name });
    await publishHospital(world, transaction, { id, name });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'hospital-renamed',
      subjectId: id,
      hospitalId: id,
    });
    return done({ id, name });
  });
}

/** For everybody, then once more for its own workstations: they read both, and the later one counts. */
async function publishHospital(
  world: Pick<World, 'clock'>,
  transaction: StoreTransaction,
  hospital: { readonly id: string; readonly name: string },
): Promise<void> {
  for (const hospitalId of [null, hospital.id]) {
    await appendChange(world, transaction, {
      hospitalId,
      kind: 'hospital',
      subjectId: hospital.id,
      content: { ...hospital, isOwn: hospitalId !== null },
    });
  }
}

/** Two hospitals that read alike would be mixed up at the bedside. */
async function isNameTaken(reader: StoreReader, name: string, exceptId: string): Promise<boolean> {
  const rows = await reader.find('hospitals', {});
  return rows.some((row) => row.id !== exceptId && foldText(row.name) === foldText(name));
}

function refuseTaken(): ReturnType<typeof refuse> {
  return refuse('conflict', 'A hospital of this name is there already', { facts: { field: 'name' } });
}
