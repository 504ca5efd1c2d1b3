import { expect, it } from 'vitest';
import { fail, ok, type Result } from '../../contract/result.ts';
import { DraftKeeper, type DraftState } from './draft-keeper.ts';

function disk(...answers: (Result<unknown> | Error)[]) {
  const kept: string[] = [];
  const states: DraftState['state'][] = [];
  const waits: number[] = [];
  const keeper = new DraftKeeper<string>({
    save: async (draft) => {
      const answer = answers.shift() ?? ok({});
      if (answer instanceof Error) throw answer;
      if (answer.ok) kept.push(draft);
      return answer;
    },
    wait: async (durationMs) => {
      waits.push(durationMs);
    },
    changed: ({ state }) => states.push(state),
  });
  return { keeper, kept, states, waits };
}

it('keeps the first keystroke at once and the last one always', async () => {
  const { keeper, kept } = disk();
  for (const text of ['J', 'Jo', 'Joa', 'Joan', 'Joana']) keeper.keep(text);
  await keeper.settled();
  expect(kept).toEqual(['J', 'Joana']);
  expect(keeper.isBehind).toBe(false);
});

it('says that it is not kept, tries again with the newest text, and then says kept', async () => {
  const { keeper, kept, states, waits } = disk(fail('store-busy'), new Error('gone'));
  keeper.keep('12');
  keeper.keep('123');
  await keeper.settled();
  expect(kept).toEqual(['123']);
  expect(states).toEqual(['keeping', 'not-kept', 'not-kept', 'kept']);
  expect(waits).toHaveLength(2);
});

it('stops when the session was closed: there is nothing to keep any more', async () => {
  const { keeper, kept } = disk(fail('session-closed'));
  keeper.keep('a');
  await keeper.settled();
  keeper.keep('b');
  await keeper.settled();
  expect(kept).toEqual([]);
});
