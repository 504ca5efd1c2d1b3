import { expect, it } from 'vitest';
import { readBenchCall } from './options.ts';

it('reads names once each, with the size that is wished for', () => {
  expect(readBenchCall(['registry', '--workstations', '300', '--sessions=50', 'sync', 'registry'])).toEqual({
    names: ['registry', 'sync'],
    wishes: { workstations: 300, sessions: 50, minutes: undefined },
    help: false,
  });
  expect(readBenchCall(['store']).wishes).toEqual({
    sessions: undefined,
    workstations: undefined,
    minutes: undefined,
  });
});

it.each([['--sessions=0'], ['--sessions=many'], ['--workstations=-1'], ['--rooms=2']])(
  'refuses %s',
  (word) => {
    expect(() => readBenchCall(['sync', word])).toThrow(TypeError);
  },
);
