import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readModelsInUse } from '../../adapters/model-folders/models-in-use.ts';
import { settingsOf } from '../../app/settings.ts';
import { memoryHashing } from '../../ports/hashing.memory.ts';
import { memoryStore } from '../../ports/store.memory.ts';
import { createEventHub } from './hosted-workstation.ts';
import { keepModelsInUse } from './keep-models-in-use.ts';
import { createLog } from './log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-in-use-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes down what each model is to new sessions and which are preselected, after each change', () => {
  expect(readModelsInUse(folder)).toEqual({ ok: true, value: { services: {}, preselected: [] } });
  const log = createLog({ write: () => undefined, close: () => undefined });
  const hub = createEventHub(log);
  const store = memoryStore({ hashing: memoryHashing() });
  const { stop } = keepModelsInUse({ store, hub, dataFolder: folder, log });
  const [sha256, model] = ['ab'.repeat(32), { name: 'vowel', version: '1.0.0' }];
  const change = (service: 'in-service' | 'withdrawn', name: 'models.changed' | 'settings.changed'): void => {
    store.write((transaction) => {
      transaction.sync.putStanding({ ...model, sha256, service, alias: null, installedAt: null });
      transaction.settings.put({ ...settingsOf(transaction), defaultModels: [model] });
    });
    hub.publish({ name, payload: {} });
  };
  change('in-service', 'settings.changed');
  const inUse = (service: string) => ({
    ok: true,
    value: { services: { [sha256]: service }, preselected: [model] },
  });
  expect(readModelsInUse(folder)).toEqual(inUse('in-service'));
  change('withdrawn', 'models.changed');
  expect(readModelsInUse(folder)).toEqual(inUse('withdrawn'));
  stop();
  change('in-service', 'models.changed');
  expect(readModelsInUse(folder)).toEqual(inUse('withdrawn'));
  expect(readdirSync(folder)).toEqual(['models-in-use.json']);
});

it('is not guessed where it was spoilt', () => {
  writeFileSync(join(folder, 'models-in-use.json'), '{"services": 3}');
  expect(readModelsInUse(folder)).toMatchObject({ ok: false, problem: { code: 'storage-unavailable' } });
});
