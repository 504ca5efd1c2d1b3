/** A table of form fields, row by row: as many rows are held as are being predicted, however long the table is. */
import { decisionOf, fieldVector, reasonOf, shownScores } from '../../core/predictions.ts';
import { readRow } from '../../core/table-rows.ts';
import type { ModelFolder } from '../../ports/model-packages.ts';
import type { World } from '../world.ts';
import { scoreModel } from './score-model.ts';

export type PredictedRow = readonly (string | number)[];

/** Names of the columns that come back. */
export function predictedColumns({ manifest }: ModelFolder): readonly string[] {
  return ['row', 'id', 'decision', ...manifest.labels.map((label) => `score_${label}`), 'reasons', 'error'];
}

/**
 * One predicted row per row, in their order; `row` counts from 1. A row that cannot be read, or that the model cannot be
 * run on, says so in `error`, and the next one goes on.
 */
export async function* predictRows(
  world: Pick<World, 'prediction' | 'log'>,
  model: ModelFolder,
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]>,
): AsyncGenerator<PredictedRow> {
  const window = Math.max(1, world.prediction.concurrency) * 8;
  const running: Promise<PredictedRow>[] = [];
  let count = 0;
  try {
    for await (const cells of rows) {
      count += 1;
      running.push(predictRow(world, model, { columns, cells, row: count }));
      // Whatever becomes of it, nobody waits for it yet.
      running.at(-1)?.catch(() => undefined);
      if (running.length < window) continue;
      const first = running.shift();
      if (first !== undefined) yield await first;
    }
  } catch (cause) {
    // What stood before the fault is answered first.
    for (const one of running) yield await one;
    throw cause;
  }
  for (const one of running) yield await one;
}

interface TableRow {
  readonly columns: readonly string[];
  readonly cells: readonly string[];
  readonly row: number;
}

async function predictRow(
  world: Pick<World, 'prediction' | 'log'>,
  model: ModelFolder,
  { columns, cells, row }: TableRow,
): Promise<PredictedRow> {
  const { manifest } = model;
  const empty = manifest.labels.map(() => '');
  const read = readRow(manifest, columns, cells);
  const failed = (error: string): PredictedRow => [row, read.id, '', ...empty, '', error];
  if (!read.ok) return failed(read.error);
  const fields = fieldVector(manifest, read.answers);
  if (!fields.ok) return failed(reasonOf(fields.problem));
  const scored = await scoreModel(world, model, { recordings: [], fields: fields.value });
  if (!scored.ok) return failed(scored.problem.detail);
  const { scores } = scored.value;
  const decided = decisionOf(manifest, scores, read.answers);
  if (decided === undefined) return failed('the model gave no score');
  return [row, read.id, decided.decision, ...shownScores(manifest, scores), decided.reasons.join(' '), ''];
}
