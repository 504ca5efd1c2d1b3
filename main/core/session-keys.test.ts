import { expect, it } from 'vitest';
import { exampleResult, newSessionId } from '../ports/store-examples.contract.ts';
import { modelSortKey, searchText, withResult } from './session-keys.ts';

it('keeps the newest result of each model, the newest of all first', () => {
  const result = (version: string, decision: 'positive' | 'negative' | 'error') => {
    const made = exampleResult({ sessionId: newSessionId() }, decision);
    return { ...made, model: { ...made.model, version } };
  };
  const results = [result('1.0.0', 'positive'), result('2.0.0', 'negative'), result('1.0.0', 'error')].reduce(
    withResult,
    [],
  );
  expect(results.map(({ model, status, decision }) => [model.version, status, decision])).toEqual([
    ['1.0.0', 'error', null],
    ['2.0.0', 'completed', 'negative'],
  ]);
});

it('sorts versions as numbers and names as text', () => {
  const models = ['b 1.0.0', 'a-b 1.0.0', 'a 10.0.0', 'a 9.12.0', 'a 9.2.0'].map((text) => {
    const [name = '', version = ''] = text.split(' ');
    return { name, version };
  });
  const sorted = models.toSorted((x, y) => (modelSortKey(x) < modelSortKey(y) ? -1 : 1));
  expect(sorted.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'a 9.2.0',
    'a 9.12.0',
    'a 10.0.0',
    'a-b 1.0.0',
    'b 1.0.0',
  ]);
});

it('never lets a search match from the record number into the hospital', () => {
  expect(searchText({ recordNumber: '12\n3', hospital: null })).toBe('12 3\n');
});
