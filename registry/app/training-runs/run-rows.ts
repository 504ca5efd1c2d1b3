/** Training runs as rows, and as what is told of them. */
import type { Json } from '../../../contract/canonical-json.ts';
import { artefactsOf, runFacts } from '../../../contract/training/run-facts.ts';
import type { RegistryRun, RegistryRunDetail, RunUpload } from '../../../contract/registry/training-runs.ts';
import type { Row, StoreReader } from '../../ports/store.ts';

type RunRow = Row<'trainingRuns'>;

export function uploadOf({ content }: Pick<RunRow, 'content'>): RunUpload {
  // Parsed by its schema when it came.
  return content as unknown as RunUpload;
}

export function rowOf(
  upload: RunUpload,
  own: Pick<RunRow, 'accountId' | 'by' | 'updatedAt' | 'sequence'>,
): RunRow {
  const { id, parent, createdAt, status, model } = runFacts(upload.record);
  return {
    ...own,
    id,
    parent,
    createdAt,
    status,
    manifestSha256: model?.manifestSha256 ?? null,
    content: upload as unknown as Json,
  };
}

export function shownRun(row: RunRow): RegistryRun {
  return { ...runFacts(uploadOf(row).record), updatedAt: row.updatedAt, by: row.by };
}

export async function runDetail(reader: StoreReader, row: RunRow): Promise<RegistryRunDetail> {
  const { record, metrics, curve } = uploadOf(row);
  const artefacts = artefactsOf(record);
  const hashes = [...new Set(artefacts.map(({ sha256 }) => sha256))];
  const held =
    hashes.length === 0 ? [] : await reader.find('trainingArtefacts', { where: { id: { in: hashes } } });
  const isHeld = new Set(held.map(({ id }) => id));
  return {
    ...shownRun(row),
    record,
    metrics,
    curve,
    artefacts: artefacts.map((one) => ({ ...one, isHeld: isHeld.has(one.sha256) })),
  };
}
