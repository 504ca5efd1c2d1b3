import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolDefinitionSchema } from './protocol.ts';

const shipped = protocolDefinitionSchema.parse(
  JSON.parse(readFileSync(new URL('../resources/protocols/spira-1.0.0.json', import.meta.url), 'utf8')),
);

describe('the shipped protocol', () => {
  it('records noise, consent, vowel, rhyme and sentence in this order', () => {
    expect(shipped.steps.map(({ key, role, required }) => [key, role, required])).toEqual([
      ['ruido', 'ambient-noise', true],
      ['aceite', 'consent', true],
      ['sustentada', 'voice', true],
      ['parlenda', 'voice', true],
      ['frase', 'voice', false],
    ]);
  });

  it('marks its consent text as a sample', () => {
    expect(shipped.consent.isSample).toBe(true);
  });
});

describe('a protocol definition', () => {
  it.each<[string, object]>([
    ['a voice task before the consent', { steps: [...shipped.steps].reverse() }],
    ['no consent', { steps: shipped.steps.filter((step) => step.role !== 'consent') }],
    ['a step twice', { steps: [...shipped.steps, shipped.steps[2]] }],
    [
      'an optional step without a reason to skip it',
      { steps: shipped.steps.map((step) => ({ ...step, skipReasons: [] })) },
    ],
  ])('with %s is refused', (_, change) => {
    expect(protocolDefinitionSchema.safeParse({ ...shipped, ...change }).success).toBe(false);
  });
});
