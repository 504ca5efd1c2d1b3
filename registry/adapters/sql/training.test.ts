/** What the registry does with training, over the databases that keep its rows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeFeaturePortions } from '../../app/feature-portions/feature-portions.contract.ts';
import { describeTrainingJobs } from '../../app/training-jobs/training-jobs.contract.ts';
import { describeTrainingSessions } from '../../app/training-runs/list-training-sessions.contract.ts';
import { describeTrainingRuns } from '../../app/training-runs/training-runs.contract.ts';
import type { StoreUnderTest } from '../../ports/store.contract.ts';
import { postgresMissing, skipFor, startPostgres, type PostgresService } from '../fixtures/services.ts';
import { openPostgresStore } from './postgres.ts';
import { openSqliteStore } from './sqlite.ts';

function describeTraining(name: string, open: () => Promise<StoreUnderTest>): void {
  describeTrainingRuns(name, open);
  describeTrainingSessions(name, open);
  describeTrainingJobs(name, open);
  describeFeaturePortions(name, open);
}

describeTraining('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-sqlite-'));
  const path = join(folder, 'registry.sqlite');
  const store = await openSqliteStore(path);
  return {
    store,
    another: () => openSqliteStore(path),
    async end() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe.skipIf(skipFor(await postgresMissing()))('with PostgreSQL,', () => {
  let service: PostgresService;
  beforeAll(async () => {
    service = await startPostgres();
  }, 120_000);
  afterAll(() => service.stop());

  describeTraining('PostgreSQL', async () => {
    const url = await service.newDatabase();
    const store = await openPostgresStore(url);
    return { store, another: () => openPostgresStore(url), end: () => store.close() };
  });
});
