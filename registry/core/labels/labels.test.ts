import { describe, expect, it } from 'vitest';
import { labelQuestionOf } from '../../../contract/registry/labels.ts';
import { agreements } from './agreement.ts';
import { readImportRow, columnsFault, columnsOf } from './import-rows.ts';
import {
  consolidate,
  disagreeingSources,
  formValue,
  inForce,
  lastWordOf,
  stageOf,
  type KnownLabel,
} from './labels.ts';
import { localDate, recordKey } from './record-numbers.ts';

const question = 'respiratory-insufficiency';
let sequence = 0;

function label(change: Partial<KnownLabel> & Pick<KnownLabel, 'value' | 'source'>): KnownLabel {
  sequence += 1;
  const isReading = change.source === 'clinician' || change.source === 'researcher';
  return {
    id: `label ${String(sequence)}`,
    sessionId: 's',
    question,
    readerId: isReading ? 'ana' : null,
    reading: isReading ? 1 : null,
    isBlind: false,
    supersedes: null,
    sequence,
    ...change,
  };
}

describe('what stands of labels', () => {
  it('is what each voice said last; what was taken back stands no more', () => {
    const first = label({ value: 'positive', source: 'researcher' });
    const other = label({ value: 'negative', source: 'clinician', readerId: 'rui' });
    const second = label({ value: 'negative', source: 'researcher', supersedes: first.id });
    const back = label({ value: null, source: 'clinician', readerId: 'rui', supersedes: other.id });
    expect(inForce([second, other, first])).toEqual([other, second]);
    expect(inForce([first, other, second, back])).toEqual([second]);
    const asRui = { question, source: 'clinician', readerId: 'rui' } as const;
    expect(lastWordOf([first, other, second, back], asRui)).toBe(back);
    expect(lastWordOf([first, other], { question, source: 'clinician', readerId: 'ana' })).toBe(first);
    expect(lastWordOf([first], { question, source: 'form', readerId: null })).toBeUndefined();
  });

  it.each([
    ['received', 'PATIENT', ['research'], [], 'unlabelled'],
    ['received', 'PATIENT', ['retraining'], [label({ value: 'positive', source: 'form' })], 'unread'],
    ['received', 'PATIENT', ['research'], [label({ value: 'unsure', source: 'clinician' })], 'read'],
    ['receiving', 'PATIENT', ['research'], [], 'not-asked'],
    ['received', 'TEST', ['research'], [], 'not-asked'],
    ['received', 'PATIENT', ['care'], [], 'not-asked'],
    ['received', 'PATIENT', ['care'], [label({ value: 'positive', source: 'clinician' })], 'read'],
  ] as const)('of a %s %s session for %j with %j makes it %s', (state, kind, purposes, labels, stage) => {
    expect(stageOf({ state, kind, purposes }, labels)).toBe(stage);
  });

  it('in a form is its answer where that is one', () => {
    const of = (answers: Record<string, unknown>) => formValue(labelQuestionOf(question), answers);
    expect(of({ respiratoryInsufficiency: 'YES' })).toBe('positive');
    expect(of({ respiratoryInsufficiency: 'NO' })).toBe('negative');
    expect(of({ respiratoryInsufficiency: 'UNKNOWN' })).toBeUndefined();
    expect(of({ respiratoryInsufficiency: 'constructor' })).toBeUndefined();
    expect(of({})).toBeUndefined();
  });
});

describe('one label of many', () => {
  const form = label({ value: 'negative', source: 'form' });
  const record = label({ value: 'positive', source: 'hospital-record' });
  const ana = label({ value: 'positive', source: 'researcher', readerId: 'ana' });
  const rui = label({ value: 'negative', source: 'researcher', readerId: 'rui' });
  const eva = label({ value: 'positive', source: 'researcher', readerId: 'eva' });
  const unsure = label({ value: 'unsure', source: 'clinician', readerId: 'bia' });
  const unusable = label({ value: 'unusable', source: 'clinician', readerId: 'leo' });

  const decided = (value: string, source: string, isDisagreed: boolean, meaning = 'class') => ({
    value,
    meaning,
    source,
    why: 'decided',
    isDisagreed,
  });
  const undecided = (why: string, isDisagreed: boolean, source: string | null = null) => ({
    value: null,
    meaning: null,
    source,
    why,
    isDisagreed,
  });

  it.each([
    ['nobody’s', [], undecided('unlabelled', false)],
    ['the form’s alone', [form], decided('negative', 'form', false)],
    ['the strongest source’s', [record, form], decided('positive', 'hospital-record', true)],
    ['most of its readers’', [form, ana, rui, eva], decided('positive', 'researcher', true)],
    ['nobody’s where they are evenly split', [form, ana, rui], undecided('tie', true, 'researcher')],
    ['not that of who cannot tell', [form, unsure], decided('negative', 'form', false)],
    ['nobody’s where none can tell', [unsure], undecided('only-abstentions', false)],
    ['that it cannot be used', [ana, unusable], decided('unusable', 'clinician', true, 'unusable')],
  ])('is %s', (_, labels, expected) => {
    expect(consolidate(question, labels, 'strongest-source')).toEqual(expected);
  });

  it.each([
    ['nobody’s where two sources disagree', [record, form], undecided('disagreement', true)],
    ['theirs where they agree', [record, ana, unsure], decided('positive', 'hospital-record', false)],
  ])('by agreement only is %s', (_, labels, expected) => {
    expect(consolidate(question, labels, 'agreement-only')).toEqual(expected);
  });

  it('is of labels in force', () => {
    const corrected = label({ value: 'negative', source: 'hospital-record', supersedes: record.id });
    expect(consolidate(question, [record, form, corrected], 'strongest-source')).toEqual(
      decided('negative', 'hospital-record', false),
    );
    expect(disagreeingSources(labelQuestionOf(question), [record, form, corrected], 'positive')).toEqual([
      'form',
      'hospital-record',
    ]);
    expect(disagreeingSources(labelQuestionOf(question), [record, form], 'unsure')).toEqual([]);
  });
});

describe('agreement', () => {
  it('of readers is that of their first labels, where the later one was blind', () => {
    const labels = ['s1', 's2', 's3'].flatMap((sessionId, index) => {
      const first = label({ sessionId, value: 'positive', source: 'researcher', readerId: 'rui' });
      const second = label({
        sessionId,
        value: index === 0 ? 'negative' : 'positive',
        source: 'clinician',
        readerId: 'ana',
        reading: 2,
        isBlind: index < 2,
      });
      const corrected = label({
        sessionId,
        value: 'positive',
        source: 'clinician',
        readerId: 'ana',
        reading: 2,
        supersedes: second.id,
      });
      return index === 0 ? [first, second, corrected] : [first, second];
    });
    const blind = agreements(question, labels, { blindOnly: true });
    expect(blind.readers).toHaveLength(1);
    // Ana stands first by her id: her values are the rows.
    expect(blind.readers[0]).toMatchObject({
      a: 'ana',
      b: 'rui',
      n: 2,
      values: ['positive', 'negative'],
      table: [
        [1, 0],
        [1, 0],
      ],
    });
    expect(blind.readings).toMatchObject({
      a: 'first',
      b: 'second',
      n: 2,
      table: [
        [1, 1],
        [0, 0],
      ],
    });
    const all = agreements(question, labels, { blindOnly: false });
    expect(all.readers[0]).toMatchObject({ n: 3, observed: 1, kappa: null });
    expect(all.sources).toHaveLength(1);
    expect(all.sources[0]).toMatchObject({ a: 'researcher', b: 'clinician', n: 3, values: ['positive'] });
  });

  it('is of nobody where nobody labelled', () => {
    const none = agreements(question, [], { blindOnly: true });
    expect(none).toMatchObject({ readers: [], sources: [], readings: { n: 0, kappa: null } });
  });
});

describe('a row of a table', () => {
  const columns = columnsOf(['Hospital', 'Record Number', 'value', 'date', 'source', 'comment']);
  const read = (...cells: string[]) => readImportRow(labelQuestionOf(question), columns, cells, 7);

  it('is what it says', () => {
    expect(read('HC', ' 12-3 ', 'Com insuficiência', '2026-03-09', 'Hospital record', 'PaO2 50')).toEqual({
      ok: true,
      row: {
        row: 7,
        hospital: 'HC',
        recordNumber: '12-3',
        sessionId: null,
        date: '2026-03-09',
        value: 'positive',
        source: 'hospital-record',
        comment: 'PaO2 50',
      },
    });
    expect(read('HC', '1', 'no', '', '', '')).toMatchObject({
      ok: true,
      row: { value: 'negative', source: 'hospital-record', date: null, comment: null },
    });
  });

  it.each([
    [['', '1', 'positive', '', '', ''], 'unknown-hospital'],
    [['HC', ' . ', 'positive', '', '', ''], 'no-record-number'],
    [['HC', '1', 'ill', '', '', ''], 'unknown-value'],
    [['HC', '1', '', '', '', ''], 'unknown-value'],
    [['HC', '1', 'positive', '09/03/2026', '', ''], 'not-a-date'],
    [['HC', '1', 'positive', '2026-02-30', '', ''], 'not-a-date'],
    [['HC', '1', 'positive', '', 'form', ''], 'unknown-source'],
    [['HC', '1', 'positive', '', '', 'x'.repeat(1001)], 'comment-too-long'],
    [['HC', '1', 'positive'], 'wrong-cells'],
  ])('%j is refused as %s', (cells, why) => {
    expect(read(...cells)).toEqual({ ok: false, why });
  });

  it('names its columns', () => {
    expect(columnsFault(columns)).toBeUndefined();
    expect(columnsFault(['hospital', 'value'])).toMatch(/record_number is missing/u);
    expect(columnsFault(['hospital', 'record_number', 'value', 'name of the patient'])).not.toMatch(
      /patient/u,
    );
    expect(columnsFault(['hospital', 'record_number', 'value', 'value'])).toMatch(/twice/u);
  });
});

it.each([
  ['14.259.401-E', '14259401E'],
  [' 14259401e\u00a0', '14259401E'],
  ['０１２', '012'],
  ['12', '12'],
  [' -', null],
  [null, null],
])('record number %j is compared as %j', (text, key) => {
  expect(recordKey(text)).toBe(key);
});

it('a day is that of the bedside, and of UTC where its zone is not known', () => {
  expect(localDate({ at: '2026-01-01T01:00:00.000Z', zone: 'America/Sao_Paulo' })).toBe('2025-12-31');
  expect(localDate({ at: '2026-01-01T01:00:00.000Z', zone: 'Nowhere/Else' })).toBe('2026-01-01');
});
