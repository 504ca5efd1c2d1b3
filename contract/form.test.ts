import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  checkAnswers,
  formDefinitionSchema,
  identityOf,
  recordNumberPasses,
  relevantAnswers,
  shownFields,
  type Answers,
  type FormDefinition,
} from './form.ts';

const folder = new URL('../resources/forms/', import.meta.url);
const shipped = readdirSync(folder)
  .sort()
  .map((name) => formDefinitionSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));
const form = shipped[0] as FormDefinition;
const today = '2026-11-21';

const complete: Answers = {
  hospital: 'Hospital das Clínicas',
  rgh: '14259401E',
  sex: 'FEMALE',
  age: 63,
  covidStatus: 'FALSE',
  maskType: 'NONE',
};

describe('the shipped forms', () => {
  it('are read by their schema, each version of its own', () => {
    expect(shipped.map(({ id, version }) => `${id}@${version}`)).toEqual([
      'spira-patient@1.0.0',
      'spira-patient@1.1.0',
    ]);
  });

  it('mark the label of interest, so that no model may take it', () => {
    for (const { fields } of shipped) {
      expect(fields.filter((field) => field.role === 'label').map((field) => field.key)).toEqual([
        'respiratoryInsufficiency',
      ]);
    }
  });
});

describe('answers', () => {
  it('are complete when every required field that is asked has one', () => {
    expect(checkAnswers(form, complete, today)).toEqual({ faults: [], warnings: [] });
  });

  it('defect 5: an optional number left empty is simply absent and no fault', () => {
    const verdict = checkAnswers(form, { ...complete }, today);
    expect(verdict.faults).toEqual([]);
    expect('spo2' in relevantAnswers(form, complete)).toBe(false);
  });

  it.each<[string, Answers, { field: string; kind: string; bound?: string | number }[]]>([
    ['a missing age', { ...complete, age: undefined as never }, [{ field: 'age', kind: 'missing' }]],
    ['an age of 130', { ...complete, age: 130 }, [{ field: 'age', kind: 'too-high', bound: 120 }]],
    ['an age of 40.5', { ...complete, age: 40.5 }, [{ field: 'age', kind: 'not-whole', bound: 0 }]],
    ['an age in words', { ...complete, age: 'forty' }, [{ field: 'age', kind: 'wrong-type' }]],
    ['a record number of blanks', { ...complete, rgh: '  ' }, [{ field: 'rgh', kind: 'missing' }]],
    ['an unknown sex', { ...complete, sex: 'X' }, [{ field: 'sex', kind: 'not-a-choice' }]],
    ['a field of another form', { ...complete, shoe: 44 }, [{ field: 'shoe', kind: 'unknown-field' }]],
    ['a code that is none', { ...complete, cid: 'lung' }, [{ field: 'cid', kind: 'wrong-format' }]],
    [
      'a date that does not exist',
      { ...complete, covidStatus: 'TRUE', lastPositiveDiagnosisDate: '2026-02-30' },
      [{ field: 'lastPositiveDiagnosisDate', kind: 'not-a-date' }],
    ],
    [
      'a date of tomorrow',
      { ...complete, covidStatus: 'TRUE', lastPositiveDiagnosisDate: '2026-11-22' },
      [{ field: 'lastPositiveDiagnosisDate', kind: 'in-the-future' }],
    ],
    [
      'a stay that ends before it starts',
      {
        ...complete,
        covidStatus: 'TRUE',
        hospitalized: true,
        hospitalizationStart: '2026-11-10',
        hospitalizationEnd: '2026-11-09',
      },
      [{ field: 'hospitalizationEnd', kind: 'before-other-date', bound: '2026-11-10' }],
    ],
  ])('with %s are refused by name', (_, answers, faults) => {
    expect(checkAnswers(form, answers, today).faults).toEqual(faults);
  });

  it('warn of a saturation under 92 % without refusing it', () => {
    expect(checkAnswers(form, { ...complete, spo2: 88 }, today)).toEqual({
      faults: [],
      warnings: [{ field: 'spo2', kind: 'unusually-low', bound: 92 }],
    });
  });

  it('warn of a record number whose check letter is wrong', () => {
    expect(checkAnswers(form, { ...complete, rgh: '12345678A' }, today).warnings).toEqual([
      { field: 'rgh', kind: 'record-number-check' },
    ]);
  });

  it('ask about the hospital stay only after COVID-19 and admission, and forget answers no longer asked', () => {
    const keys = (answers: Answers): string[] => shownFields(form, answers).map((field) => field.key);
    expect(keys({ covidStatus: 'TRUE', hospitalized: true })).toContain('hospitalizationStart');
    const changedMind: Answers = { ...complete, hospitalized: true, hospitalizationStart: '2026-11-01' };
    expect(keys(changedMind)).not.toContain('hospitalizationStart');
    expect(relevantAnswers(form, changedMind)).toEqual(complete);
  });

  it('name the patient only once both hospital and record number are there', () => {
    expect(identityOf(form, { rgh: '1' })).toBeUndefined();
    expect(identityOf(form, { rgh: ' 1 ', hospital: 'A' })).toEqual({ hospital: 'A', recordNumber: '1' });
  });
});

describe('record numbers', () => {
  it.each([
    ['14259401E', true],
    ['13817615A', true],
    ['12345678A', false],
    ['1425940E', false],
    ['14259401e', false],
    ['', false],
  ])('of Hospital das Clínicas: %s passes: %s', (recordNumber, passes) => {
    expect(recordNumberPasses({ hospital: 'hospital das clínicas ', recordNumber })).toBe(passes);
  });

  it('of other hospitals are not checked', () => {
    expect(recordNumberPasses({ hospital: 'Santa Casa', recordNumber: '1' })).toBe(true);
  });
});

describe('a form definition', () => {
  it.each([
    ['a field twice', { fields: [...form.fields, form.fields[0]] }],
    ['a condition on a later field', { fields: [...form.fields].reverse() }],
    ['no record number', { fields: form.fields.filter((field) => field.role !== 'record-number') }],
    ['a word of its own', { colour: 'red' }],
  ])('with %s is refused', (_, change) => {
    expect(formDefinitionSchema.safeParse({ ...form, ...change }).success).toBe(false);
  });
});
