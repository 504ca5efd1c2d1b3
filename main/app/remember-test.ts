import type { Problem } from '../../contract/result.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { ModelTest } from '../ports/store.ts';
import type { PreparedModel } from './prepare-model.ts';
import { recordDeed } from './record-deed.ts';
import type { World } from './world.ts';

type TestWorld = Pick<World, 'store' | 'clock' | 'events'>;

/** Keeps what a model's test found on this PC, and tells about every provider that was dropped. */
export function rememberTest(
  world: TestWorld,
  model: InstalledModel,
  by: string,
  prepared: PreparedModel,
): void {
  const { test, newlyDropped } = prepared;
  const named = { name: model.manifest.name, version: model.manifest.version };
  world.store.write((transaction) => {
    transaction.modelTests.put(model.sha256, test);
    const at = world.clock.now();
    for (const { provider, reason } of newlyDropped) {
      recordDeed(transaction, {
        at,
        by,
        action: 'provider-dropped',
        details: { ...named, provider, reason },
      });
    }
    recordDeed(transaction, {
      at,
      by,
      action: 'model-tested',
      details: {
        ...named,
        sha256: model.sha256,
        state: test.state,
        ...(test.provider === null ? {} : { provider: test.provider }),
        ...(test.problem === null ? {} : { problem: test.problem.code }),
      },
    });
  });
  for (const { reason } of newlyDropped) {
    const code = noticeOf(reason);
    if (code !== undefined) world.events.publish({ name: 'notice', payload: { code } });
  }
  world.events.publish({ name: 'models.changed', payload: {} });
}

/** What `screenRecordings` is given so that a test is remembered with the PC. */
export function testMemory(
  world: TestWorld,
  model: InstalledModel,
  by: string,
): { readonly get: () => ModelTest | undefined; readonly put: (prepared: PreparedModel) => void } {
  return {
    get: () => world.store.read((transaction) => transaction.modelTests.get(model.sha256)),
    put: (prepared) => rememberTest(world, model, by, prepared),
  };
}

/** A provider whose hardware this PC lacks is no news: it stands with the model and interrupts nobody. */
function noticeOf(reason: PreparedModel['newlyDropped'][number]['reason']): Problem['code'] | undefined {
  switch (reason) {
    case 'unavailable':
      return undefined;
    case 'crashed':
      return 'engine-crashed';
    case 'timed-out':
      return 'engine-timed-out';
    case 'disagrees':
      return 'model-golden-mismatch';
    case 'failed':
      return 'engine-run-failed';
    default:
      return reason satisfies never;
  }
}
