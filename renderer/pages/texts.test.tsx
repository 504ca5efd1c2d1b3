import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../contract/model-manifest.ts';
import type { FormDefinition } from '../../contract/form.ts';
import type { ResultId, SessionId, TakeId, AccountId } from '../../contract/ids.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { ScreeningResult } from '../../contract/session.ts';
import { textFor } from '../i18n/index.ts';
import { answerGroups } from '../state/answer-rows.ts';
import { actionText, detailTexts } from './audit-texts.ts';
import { components } from './components.ts';
import { problemAbout } from './problem-about.ts';
import { ResultView } from './result-view.tsx';

const root = join(import.meta.dirname, '../..');
const moment = { at: '2026-11-21T12:00:00.000Z', zone: 'America/Sao_Paulo' };
const local = (text: string) => ({ 'pt-BR': text, en: text, es: text });

function result(decision: Decision, changes: Partial<ScreeningResult['model']> = {}): ScreeningResult {
  return {
    id: '019aa0f0-0000-7000-8000-000000000001' as ResultId,
    sessionId: '019aa0f0-0000-7000-8000-000000000002' as SessionId,
    at: moment,
    by: '019aa0f0-0000-7000-8000-000000000003' as AccountId,
    model: { name: 'm', version: '2.0.1', sha256: 'a'.repeat(64), isDemonstration: false, ...changes },
    appVersion: '0.1.0',
    inputs: {
      takes: [
        {
          stepKey: 'frase',
          takeId: '019aa0f0-0000-7000-8000-000000000004' as TakeId,
          sha256: 'b'.repeat(64),
        },
      ],
      fields: [],
      ageYears: null,
      refusedRecordings: [],
    },
    outcome: {
      status: 'completed',
      provider: 'cpu',
      labels: ['no', 'yes'],
      positiveLabel: 'yes',
      scores: [0.27, 0.73],
      windowScores: [],
      evidence: [{ stepKey: 'frase', startS: 1, endS: 2, score: 0.9 }],
      thresholds: { positive: 0.6, negative: 0.4 },
      shownScore: 0.73,
      decision,
      reasons: ['at-or-above-positive-threshold'],
      timing: { resampleMs: 1, inferenceMs: 2, totalMs: 3 },
    },
  };
}

describe('a result', () => {
  const { t } = textFor('pt-BR');
  const show = (shown: ScreeningResult): string => renderToStaticMarkup(<ResultView result={shown} />);

  it.each(['positive', 'negative', 'inconclusive'] as const)(
    '%s is a sentence, then the word',
    (decision) => {
      const html = show(result(decision));
      const sentence = html.indexOf(t(`decisionSentence.${decision}`));
      const word = html.indexOf(`<span>${t(`decision.${decision}`)}</span>`);
      expect(sentence).toBeGreaterThan(-1);
      expect(word).toBeGreaterThan(sentence);
      expect(html).toContain('2.0.1');
    },
  );

  it('is never a bare percentage and always a pre-diagnosis', () => {
    const html = show(result('positive')).replaceAll(/style="[^"]*"/gu, '');
    expect(html).not.toContain('%');
    expect(html).toContain(t('result.preDiagnosis'));
  });

  it('of a demonstration says so in its first sentence and never speaks of the patient', () => {
    const html = show(result('positive', { isDemonstration: true }));
    expect(html).not.toContain(t('decisionSentence.positive'));
    expect(html).toContain(t('demonstrationSentence.positive'));
    expect(html).toContain(t('result.demonstration.title'));
  });

  it('that failed says why and what to do', () => {
    const failed: ScreeningResult = {
      ...result('positive'),
      outcome: { status: 'error', problem: 'engine-crashed', details: {} },
    };
    const html = show(failed);
    expect(html).toContain(t('problem.engine-crashed.what'));
    expect(html).toContain(t('problem.engine-crashed.do'));
  });
});

describe('a problem', () => {
  it('names the recording, the answers and the length it is about by what the reader knows', () => {
    const text = textFor('en');
    const protocol = { steps: [{ key: 'frase', title: local('Sentence') }] } as unknown as ProtocolDefinition;
    const form = { fields: [{ key: 'age', label: local('Age') }] } as unknown as FormDefinition;
    expect(
      problemAbout(
        text,
        { code: 'audio-too-short', details: { recording: 'frase', seconds: 0.5, minimumSeconds: 1 } },
        [protocol],
        form,
      ),
    ).toEqual(['Recording: Sentence', 'It lasts 0.5 sec; at least 1 sec are needed.']);
    expect(problemAbout(text, { code: 'model-needs-field', details: { fields: 'age' } }, [], form)).toEqual([
      'Answers: Age',
    ]);
    expect(problemAbout(text, { code: 'internal' }, [], undefined)).toEqual([]);
  });
});

describe('the audit trail in words', () => {
  const text = textFor('en');
  const entry = (action: string, details: Record<string, string | number | boolean>) => ({
    sequence: 1,
    at: moment,
    by: 'bia',
    action,
    details,
  });
  const protocol = {
    id: 'p',
    version: '1.0.0',
    steps: [
      {
        key: 'frase',
        title: local('Sentence'),
        skipReasons: [{ value: 'cannot-read', label: local('Cannot read') }],
      },
    ],
  } as unknown as ProtocolDefinition;

  it('shows steps, reasons and gates, and no id, hash or key', () => {
    expect(
      detailTexts(
        text,
        entry('step-skipped', {
          step: 'frase',
          reason: 'cannot-read',
          takeId: '019aa0f0-0000-7000-8000-000000000004',
          textSha: 'abc',
        }),
        [protocol],
      ),
    ).toEqual(['Step: Sentence', 'Reason: Cannot read']);
    expect(detailTexts(text, entry('quality-overridden', { gates: 'clipped, noisy' }))).toEqual([
      'Quality: Clipped and Too noisy',
    ]);
    expect(detailTexts(text, entry('locked', { reason: 'idle', recording: true }))).toEqual([
      'Reason: not used for a while',
      'A recording was running and went on',
    ]);
    expect(detailTexts(text, entry('sign-in-refused', { reason: 'wrong-credentials', known: true }))).toEqual(
      [`Reason: ${text.t('problem.wrong-credentials.what')}`],
    );
    expect(detailTexts(text, entry('provider-dropped', { reason: 'unavailable' }))).toEqual([
      'Reason: is not there on this PC',
    ]);
  });

  it('tells what the registry did not take and why a session was erased, and not the kind of a sample', () => {
    expect(
      detailTexts(text, entry('item-put-aside', { kind: 'audio', takeId: 'x', why: 'audio-refused' })),
    ).toEqual(['Recording', 'Reason: audio arrived changed']);
    expect(detailTexts(text, entry('item-retried', { kind: 'note', why: 'content-conflict' }))).toEqual([
      'Note',
      'Reason: another version is there',
    ]);
    expect(detailTexts(text, entry('registry-refused', { why: 'code-of-the-future' }))).toEqual([]);
    expect(
      detailTexts(
        text,
        entry('registry-enrolled', { registryId: 'x', hospital: 'Santa Casa', address: 'https://r' }),
      ),
    ).toEqual(['Hospital: Santa Casa', 'Address: https://r']);
    expect(detailTexts(text, entry('receipt-stored', { receipt: 7, files: 3 }))).toEqual(['3 recordings']);
    expect(detailTexts(text, entry('session-withdrawn', { kind: 'withdrawal' }))).toEqual([
      'The patient withdrew the consent',
    ]);
    expect(detailTexts(text, entry('session-completed', { kind: 'PATIENT' }))).toEqual([]);
  });

  it('has a word for an action that this version does not know', () => {
    expect(actionText(text, 'signed-in')).toBe('Signed in');
    expect(actionText(text, 'from-the-future')).toBe('Other entry');
  });
});

describe('answers on the session page', () => {
  const field = { help: undefined, required: false, showWhen: [], group: 'g' };
  const form = {
    id: 'f',
    version: '1.0.0',
    title: local('F'),
    groups: [{ key: 'g', title: local('Group'), optional: false }],
    fields: [
      {
        ...field,
        key: 'age',
        kind: 'number',
        label: local('Age'),
        decimals: 0,
        minimum: 0,
        maximum: 120,
        unit: 'a',
      },
      {
        ...field,
        key: 'ri',
        kind: 'choice',
        role: 'label',
        label: local('RI'),
        choices: [{ value: 'YES', label: local('Yes, in hospital') }],
      },
      { ...field, key: 'since', kind: 'date', label: local('Since'), allowFuture: false },
      { ...field, key: 'smokes', kind: 'yes-no', label: local('Smokes') },
    ],
  } as unknown as FormDefinition;

  it('carry the labels, units and choices of the form that asked, and mark the outcome', () => {
    const answers = { age: 61, ri: 'YES', since: '2026-11-02', smokes: false, gone: 'x' };
    const groups = answerGroups(textFor('en'), form, answers, ['age']);
    expect(
      groups.map(({ title, rows }) => [title, rows.map(({ label, answer }) => [label, answer])]),
    ).toEqual([
      [
        'Group',
        [
          ['Age', '61 years'],
          ['RI', 'Yes, in hospital'],
          ['Since', '2 Nov 2026'],
          ['Smokes', 'No'],
        ],
      ],
      ['', [['gone', 'x']]],
    ]);
    expect(groups[0]?.rows.map(({ isOutcome }) => isOutcome)).toEqual([false, true, false, false]);
    expect(groups[0]?.rows[0]?.isConfirmedWarning).toBe(true);
  });
});

describe('the licences of what the product contains', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>;

  it('are listed for every library that is shipped', () => {
    const shipped = Object.keys(read('package.json')['dependencies'] as object);
    const listed = components.map(({ name }) => name);
    expect(shipped.filter((name) => !listed.includes(name))).toEqual([]);
  });

  it.each(components)('$name is under $licence', ({ name, licence }) => {
    expect(read(`node_modules/${name}/package.json`)['license']).toBe(licence);
  });
});
