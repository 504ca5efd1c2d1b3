import { describe, expect, it } from 'vitest';
import type { FhirMapping } from '../../../contract/registry/fhir-labels.ts';
import { labelByFindings } from './finding-rules.ts';
import type { Finding } from './findings.ts';

const icd = 'http://hl7.org/fhir/sid/icd-10';
const loinc = 'http://loinc.org';
const atMs = Date.parse('2026-03-09T12:00:00.000Z');
const hour = 3_600_000;

const mapping: Pick<FhirMapping, 'rules' | 'window'> = {
  window: { beforeH: 12, afterH: 6 },
  rules: [
    { kind: 'condition', codes: [{ system: icd, code: 'J96' }], withSubcodes: true, value: 'positive' },
    { kind: 'condition', codes: [{ system: icd, code: 'Z00' }], withSubcodes: false, value: 'negative' },
    {
      kind: 'observation',
      codes: [{ system: loinc, code: '59408-5' }],
      unit: '%',
      below: 90,
      value: 'positive',
    },
    {
      kind: 'observation',
      codes: [{ system: loinc, code: '59408-5' }],
      unit: '%',
      atLeast: 95,
      value: 'negative',
    },
    {
      kind: 'observation',
      codes: [{ system: loinc, code: '2019-8' }],
      unit: 'mm[Hg]',
      atLeast: 35,
      below: 45,
      value: 'negative',
    },
  ],
};

const measured = (value: number, hours = 0, code = '59408-5', unit: '%' | 'mm[Hg]' = '%'): Finding => ({
  kind: 'observation',
  codes: [{ system: loinc, code }],
  value,
  unit,
  atMs: atMs + hours * hour,
});
const diagnosed = (code: string, from: number, until: number | null, system = icd): Finding => ({
  kind: 'condition',
  codes: [
    { system: 'http://snomed.info/sct', code: '1' },
    { system, code },
  ],
  fromMs: atMs + from * hour,
  untilMs: until === null ? null : atMs + until * hour,
});

describe('a finding', () => {
  it.each([
    ['low saturation', [measured(89.9)], 'positive'],
    ['saturation at the bound', [measured(90)], undefined],
    ['good saturation', [measured(95)], 'negative'],
    ['good and low saturation', [measured(97, 0), measured(80, 5)], 'positive'],
    ['a figure between both bounds', [measured(40, 0, '2019-8', 'mm[Hg]')], 'negative'],
    ['a figure at the upper of both bounds', [measured(45, 0, '2019-8', 'mm[Hg]')], undefined],
    ['a figure in another unit', [measured(40, 0, '2019-8', '%')], undefined],
    ['a figure of another code', [measured(10, 0, '9279-1')], undefined],
    ['the last moment before', [measured(80, -12)], 'positive'],
    ['a moment too early', [measured(80, -12.01)], undefined],
    ['the last moment after', [measured(80, 6)], 'positive'],
    ['a moment too late', [measured(80, 6.01)], undefined],
    ['a diagnosis below the code', [diagnosed('J96.0', -1, null)], 'positive'],
    ['a diagnosis written without its dot', [diagnosed('J9600', -1, null)], 'positive'],
    ['the diagnosis itself', [diagnosed('J96', -1000, null)], 'positive'],
    ['a diagnosis that ended before', [diagnosed('J96.0', -100, -13)], undefined],
    ['a diagnosis that began after', [diagnosed('J96.0', 7, null)], undefined],
    ['a code of another system', [diagnosed('J96.0', -1, null, 'urn:other')], undefined],
    ['a code below one that counts alone', [diagnosed('Z00.1', -1, null)], undefined],
    [
      'a diagnosis that stands before a figure in the rules',
      [measured(97), diagnosed('J96.0', -1, null)],
      'positive',
    ],
    ['nothing', [], undefined],
  ])('that is %s says what the rules say', (_, findings, value) => {
    expect(labelByFindings(mapping, findings, atMs)?.value).toBe(value);
  });

  it('is named as evidence, the nearest in time', () => {
    const findings = [measured(80, -5), measured(85.123, 1), measured(84, 3)];
    expect(labelByFindings(mapping, findings, atMs)?.evidence).toBe(
      'Observation 59408-5: 85.12 % at 2026-03-09T13:00:00.000Z',
    );
    expect(labelByFindings(mapping, [diagnosed('J96.0', -1, null)], atMs)?.evidence).toBe(
      'Condition J96.0 since 2026-03-09T11:00:00.000Z',
    );
  });
});
