/** What users read of their inferences. One that is damaged or in error is told like every other. */
import { inferenceIdSchema } from '../../../contract/registry/ids.ts';
import { v1Details, type V1Inference } from '../../../contract/registry/v1.ts';
import { shownInference, shownResult, type ShownResult } from '../../core/inferences.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreReader } from '../../ports/store.ts';
import type { Call } from '../world.ts';

/** The latest; the published API knows no pages. */
const mostListed = 5000;

/** Newest first. The user is the caller (checkOwnUser). */
export async function listInferences(
  { world }: Call,
  userId: string,
): Promise<Outcome<{ readonly inferences: readonly V1Inference[] }>> {
  const rows = await world.store.read((reader) =>
    reader.find('inferences', {
      where: { userId },
      order: [
        ['createdAt', 'descending'],
        ['id', 'descending'],
      ],
      limit: mostListed,
    }),
  );
  return done({ inferences: rows.map(shownInference) });
}

export async function readInference(
  { world }: Call,
  userId: string,
  id: string,
): Promise<Outcome<V1Inference>> {
  const found = await world.store.read((reader) => findOwn(reader, userId, id));
  return found.ok ? done(shownInference(found.value)) : found;
}

export async function readResult(
  { world }: Call,
  userId: string,
  id: string,
): Promise<Outcome<{ readonly inference: V1Inference; readonly result: ShownResult }>> {
  return world.store.read(async (reader) => {
    const found = await findOwn(reader, userId, id);
    if (!found.ok) return found;
    const result = await reader.get('inferenceResults', id);
    if (result === undefined) return refuse('not-found', v1Details.resultNotFound);
    return done({ inference: shownInference(found.value), result: shownResult(result) });
  });
}

async function findOwn(reader: StoreReader, userId: string, id: string): Promise<Outcome<Row<'inferences'>>> {
  if (!inferenceIdSchema.safeParse(id).success) return refuse('invalid-id', v1Details.invalidId('inference'));
  const row = await reader.get('inferences', id);
  // Somebody else's answers as one that does not exist.
  return row?.userId === userId ? done(row) : refuse('not-found', v1Details.inferenceNotFound);
}
