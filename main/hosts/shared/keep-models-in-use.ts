import { writeModelsInUse } from '../../adapters/model-folders/models-in-use.ts';
import { settingsOf } from '../../app/settings.ts';
import type { Store } from '../../ports/store.ts';
import type { EventHub } from './hosted-workstation.ts';
import type { HostLog } from './log.ts';

/** Writes down for other programs which models this PC uses: at once, and after each change. */
export function keepModelsInUse({
  store,
  hub,
  dataFolder,
  log,
}: {
  readonly store: Store;
  readonly hub: Pick<EventHub, 'subscribe'>;
  readonly dataFolder: string;
  readonly log: HostLog;
}): { stop(): void } {
  let written = '';
  const write = (): void => {
    try {
      const inUse = store.read((transaction) => ({
        services: Object.fromEntries(
          transaction.sync.standings().map(({ sha256, service }) => [sha256, service]),
        ),
        preselected: [...settingsOf(transaction).defaultModels],
      }));
      const text = JSON.stringify(inUse);
      if (text === written) return;
      writeModelsInUse(dataFolder, inUse);
      written = text;
    } catch (cause) {
      log.fault('models-in-use-not-written', cause);
    }
  };
  write();
  const stop = hub.subscribe(({ name }) => {
    if (name === 'models.changed' || name === 'settings.changed') write();
  });
  return { stop };
}
