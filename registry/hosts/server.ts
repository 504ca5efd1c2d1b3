/** `npm run registry`: the central registry. What it can be told stands in settings.ts and docs/operations.md. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { KeyFailure } from '../adapters/keys/keys.ts';
import { startPortionService, type PortionService } from '../app/feature-portions/hold-portions.ts';
import { offerSetupCode } from '../app/people/first-account.ts';
import { startPredictions, type PredictionService } from '../app/predictions/run-predictions.ts';
import { startTrainingScheduler, type TrainingScheduler } from '../app/training-jobs/run-scheduler.ts';
import type { TrainerService } from '../app/training-jobs/run-trainer.ts';
import { publishModelKeys } from '../app/workstations/publish-model-keys.ts';
import type { Log } from '../ports/log.ts';
import { BlobFailure } from '../ports/blobs.ts';
import { StoreFailure } from '../ports/store.ts';
import { startChores } from './chores.ts';
import { exitCodes, optionsHelp, runCommand, untilToldToStop, type Say } from './command.ts';
import { composeWorld, type ComposedWorld } from './compose.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { createMetrics } from './http/metrics.ts';
import { createRegistryHttp, type RegistryHttp } from './http/server.ts';
import { createLog } from './log.ts';
import type { Settings } from './settings.ts';
import { startOwnTrainer } from './start-own-trainer.ts';
import { appVersion } from './version.ts';

const help = `The central registry of SPIRA

  npm run registry -- [options]

${optionsHelp}

Without any setting it keeps everything in one folder, needs no services, and listens on this machine only.
docs/operations.md lists every setting. SIGTERM or Ctrl+C ends it when the calls under way are answered.
`;

const noLock: FolderLock = { release: () => undefined };

await runCommand({ name: 'spira registry', help, run: runLocked });

async function runLocked(settings: Settings, say: Say): Promise<number> {
  const { dataFolder } = settings;
  // With PostgreSQL any number of processes is one registry; an embedded database belongs to one.
  const lock = settings.databaseUrl === null ? takeFolder(dataFolder) : noLock;
  if (typeof lock === 'string') return say(exitCodes.notStarted, lock);
  if ('heldBy' in lock) {
    return say(
      exitCodes.folderInUse,
      `another registry (process ${String(lock.heldBy)}) works on ${dataFolder}: stop it first, or name another ` +
        'folder with SPIRA_REGISTRY_DATA_FOLDER. Several processes for one registry need PostgreSQL.',
    );
  }
  try {
    return await run(settings, say);
  } finally {
    lock.release();
  }
}

function takeFolder(folder: string): ReturnType<typeof lockFolder> | string {
  try {
    return lockFolder(folder);
  } catch (cause) {
    return `cannot write to the data folder ${folder} (${codeOf(cause)})`;
  }
}

async function run(settings: Settings, say: Say): Promise<number> {
  const log = createLog();
  const stopped = untilToldToStop();
  let composed: ComposedWorld | undefined;
  let http: RegistryHttp | undefined;
  let predictions: PredictionService;
  let scheduler: TrainingScheduler;
  let portions: PortionService | undefined;
  let trainer: TrainerService | undefined;
  try {
    composed = await composeWorld(settings, log);
    const { world } = composed;
    await publishModelKeys(world);
    const metrics = createMetrics(world.queue);
    http = await createRegistryHttp({
      world,
      metrics,
      settings: {
        requestsPerMinute: settings.requestsPerMinute,
        signInsPerMinute: settings.signInsPerMinute,
        trustProxy: settings.trustProxy.length === 0 ? false : settings.trustProxy,
        metricsToken: settings.metricsToken,
        tls: readTls(settings),
        appVersion: appVersion(),
      },
    });
    predictions = await startPredictions(world, { watch: metrics });
    scheduler = await startTrainingScheduler(world, { watch: metrics });
    portions = startPortionService(world);
    if (settings.trainers > 0) trainer = await startOwnTrainer(world, settings);
    await http.app.listen({ host: settings.host, port: settings.port });
    const setupCode = await offerSetupCode(world);
    introduce(settings, http, setupCode);
  } catch (cause) {
    await http?.app.close();
    await portions?.stop();
    await composed?.close();
    log.error('not-started', cause);
    return say(exitCodes.notStarted, reasonOf(cause, settings));
  }
  const chores = startChores(composed.world);
  await stopped;
  log.info('stopping');
  const released = Promise.all([scheduler.stop(), portions.stop(), trainer?.stop()]);
  await drain(http, settings, log);
  await Promise.all([chores.stop(), predictions.stop(), released]);
  await composed.close();
  log.info('stopped');
  return exitCodes.done;
}

/** New calls are not taken; those under way have their time, then their lines are cut. */
async function drain({ app }: RegistryHttp, { drainSeconds }: Settings, log: Log): Promise<void> {
  const cut = setTimeout(() => {
    log.warn('calls-cut', { drainSeconds });
    app.server.closeAllConnections();
  }, drainSeconds * 1000);
  await app.close();
  clearTimeout(cut);
}

function introduce(settings: Settings, { app }: RegistryHttp, setupCode: string | undefined): void {
  const { port } = app.server.address() as AddressInfo;
  const scheme = settings.tlsCertificateFile === null ? 'http' : 'https';
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const url = settings.publicUrl ?? `${scheme}://${host}:${String(port)}`;
  const lines = [
    `SPIRA registry ${appVersion()} listens at ${scheme}://${host}:${String(port)}`,
    `  data folder   ${settings.dataFolder}`,
    `  database      ${settings.databaseUrl === null ? 'SQLite' : 'PostgreSQL'}`,
    `  audio, models ${settings.s3Bucket === null ? 'this disk' : 'S3'}`,
    `  API           ${url}/openapi.json`,
    '',
  ];
  if (setupCode !== undefined) {
    lines.push(
      'There is no account yet. Make the first one within a day with this code, which is shown once:',
      '',
      `  set-up code   ${setupCode}`,
      '',
      `  curl ${url}/api/first-account -H 'content-type: application/json' -d \\`,
      `    '{"setupCode":"${setupCode}","username":"...","displayName":"...","password":"..."}'`,
      '',
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function readTls({ tlsCertificateFile, tlsKeyFile }: Settings): { certificate: string; key: string } | null {
  if (tlsCertificateFile === null || tlsKeyFile === null) return null;
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new KeyFailure(`cannot read ${file} (${codeOf(cause)})`);
    }
  };
  return { certificate: read(tlsCertificateFile), key: read(tlsKeyFile) };
}

function reasonOf(cause: unknown, { host, port }: Settings): string {
  if (cause instanceof KeyFailure || cause instanceof StoreFailure || cause instanceof BlobFailure) {
    return cause.message;
  }
  const code = codeOf(cause);
  if (code === 'EADDRINUSE') return `something else listens on ${host} port ${String(port)} already`;
  if (code === 'EACCES') return `this user may not listen on ${host} port ${String(port)}`;
  return `it could not start (${code}); the log above says where`;
}

function codeOf(cause: unknown): string {
  const { code } = cause as { readonly code?: unknown };
  return typeof code === 'string' ? code : 'unknown reason';
}
