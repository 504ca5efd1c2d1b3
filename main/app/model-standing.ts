import { fail, ok, type Result } from '../../contract/result.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { ModelStanding } from '../ports/store-sync.ts';

/** What a model is to new sessions. Without a row it came with the program and serves. */
export function standingOf(
  transaction: StoreTransaction,
  { manifest, sha256 }: Pick<InstalledModel, 'manifest' | 'sha256'>,
): ModelStanding {
  const { name, version } = manifest;
  return (
    transaction.sync.standings().find((standing) => standing.sha256 === sha256) ?? {
      sha256,
      name,
      version,
      service: 'in-service',
      alias: null,
      installedAt: null,
    }
  );
}

/** `model-not-in-service` with why: what was superseded or withdrawn is kept for replay only. */
export function checkInService(
  transaction: StoreTransaction,
  model: Pick<InstalledModel, 'manifest' | 'sha256'>,
): Result<null> {
  const { service, name, version } = standingOf(transaction, model);
  return service === 'in-service'
    ? ok(null)
    : fail('model-not-in-service', { name, version, reason: service });
}
