import { expect, it } from 'vitest';
import type { FormDefinition } from '../../contract/form.ts';
import { changedFields, settledAnswers } from './answers.ts';

const words = { 'pt-BR': 'x', en: 'x', es: 'x' };
const base = { label: words, group: 'main', required: false, showWhen: [] };
const form: FormDefinition = {
  id: 'f',
  version: '1.0.0',
  title: words,
  groups: [],
  fields: [
    { ...base, key: 'name', kind: 'text', maximumLength: 50 },
    { ...base, key: 'count', kind: 'number', decimals: 0, minimum: 0, maximum: 9 },
    { ...base, key: 'signs', kind: 'multi-choice', choices: [] },
    { ...base, key: 'ill', kind: 'yes-no' },
    {
      ...base,
      key: 'since',
      kind: 'date',
      allowFuture: false,
      showWhen: [{ field: 'ill', isOneOf: [true] }],
    },
  ],
};

it.each([
  ['texts are trimmed', { name: '  Ana ' }, { name: 'Ana' }],
  ['an empty text is no answer', { name: '   ' }, {}],
  ['an empty choice is no answer', { signs: [] }, {}],
  ['zero and no are answers', { count: 0, ill: false }, { count: 0, ill: false }],
  ['what is not asked is not kept', { ill: false, since: '2026-01-01' }, { ill: false }],
  ['what is asked is', { ill: true, since: '2026-01-01' }, { ill: true, since: '2026-01-01' }],
  ['what the form does not know is not kept', { other: 1 }, {}],
])('%s', (_, answers, settled) => {
  expect(settledAnswers(form, answers)).toEqual(settled);
});

it('names the fields that were added, changed or taken away', () => {
  const before = { name: 'Ana', count: 1, signs: ['a'] };
  expect(changedFields(before, { name: 'Ana', count: 2, ill: true })).toEqual(['count', 'ill', 'signs']);
  expect(changedFields(before, { ...before, signs: ['a'] })).toEqual([]);
});
