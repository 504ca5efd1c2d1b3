import { afterAll, beforeAll, describe } from 'vitest';
import { describePortions } from '../../ports/portions.contract.ts';
import { startRealRegistry, type RealRegistry } from './fixtures/real-registry.ts';
import { registryPortions } from './portions.ts';

describe('over HTTP,', () => {
  let registry: RealRegistry;
  beforeAll(async () => {
    registry = await startRealRegistry();
  }, 120_000);
  afterAll(() => registry.stop());

  describePortions('a registry', async () => {
    const all = registryPortions(registry.researcher);
    const announced: Awaited<ReturnType<typeof all.announce>>[] = [];
    return {
      portions: {
        ...all,
        async announce(set) {
          const answer = await all.announce(set);
          announced.push(answer);
          return answer;
        },
      },
      // Whatever is left would be leased by the next test.
      async end() {
        for (const set of announced) if (set.ok) await all.remove(set.value);
      },
    };
  });
});
