import { describe, expect, it } from 'vitest';
import type { ScreeningResult } from '../../contract/session.ts';
import { fail, ok } from '../../contract/result.ts';
import { isComplete, newAccountFaults } from './account-form.ts';
import { cardBlocks } from './card-blocks.ts';
import { dayEnd, dayOf, dayStart } from './day-bounds.ts';
import { byModel, evidenceOfTake, strongestEvidence } from './evidence.ts';
import { answered, ask, notAsked, type Loading } from './loading.ts';
import { firstPage, mayCall, mayOpen } from './rights.ts';
import { scaleOf } from './scale.ts';

describe('what a role may open', () => {
  it('is the patients for clinicians and researchers, the accounts and the store for IT', () => {
    expect(mayOpen(['clinician'], { page: 'new-session', sessionId: null })).toBe(true);
    expect(mayOpen(['researcher'], { page: 'new-session', sessionId: null })).toBe(false);
    expect(mayOpen(['researcher'], { page: 'sessions' })).toBe(true);
    expect(mayOpen(['it'], { page: 'home' })).toBe(false);
    expect(mayOpen(['it'], { page: 'sessions' })).toBe(false);
    expect(mayOpen(['it'], { page: 'settings', section: 'audit' })).toBe(true);
    expect(mayOpen(['clinician'], { page: 'settings', section: 'audit' })).toBe(false);
    expect(mayOpen(['clinician'], { page: 'settings', section: 'password' })).toBe(true);
    expect(mayOpen(['researcher'], { page: 'settings', section: 'registry' })).toBe(true);
    expect(mayOpen(['clinician', 'researcher', 'it'], { page: 'not-found' })).toBe(false);
  });

  it('begins where the person can work', () => {
    expect(firstPage(['researcher'])).toEqual({ page: 'home' });
    expect(firstPage(['it'])).toEqual({ page: 'settings', section: 'accounts' });
    expect(firstPage(['it', 'clinician'])).toEqual({ page: 'home' });
    expect(mayCall(['clinician'], 'sessions.export')).toBe(false);
  });
});

describe('an awaited answer', () => {
  it('counts only for the newest question, and a failure keeps the last good one', () => {
    const first = ask(notAsked as Loading<string>);
    const second = ask(first);
    expect(answered(second, first.asked, ok('old'))).toBe(second);
    const here = answered(second, second.asked, ok('new'));
    expect(here).toEqual({ asked: 2, isWaiting: false, value: 'new', problem: null });
    const failed = answered(ask(here), 3, fail('internal'));
    expect(failed.value).toBe('new');
    expect(failed.problem).toEqual({ code: 'internal' });
  });
});

describe('an account being typed', () => {
  const whole = {
    displayName: 'Ana',
    username: 'ana',
    password: 'lagoa verde sete',
    passwordAgain: 'lagoa verde sete',
    roles: ['it'],
  } as const;

  it('is complete, or names each field that is not', () => {
    expect(isComplete(newAccountFaults(whole))).toBe(true);
    expect(
      newAccountFaults({
        displayName: ' ',
        username: 'a b',
        password: 'curta',
        passwordAgain: '',
        roles: [],
      }),
    ).toEqual({ displayName: 'required', username: 'username', password: 'password-short', roles: 'roles' });
    expect(newAccountFaults({ ...whole, passwordAgain: 'outra coisa longa' })).toEqual({
      passwordAgain: 'passwords-differ',
    });
  });
});

describe('a local day', () => {
  it('has its bounds in this PC’s zone, and leads back to itself', () => {
    expect(dayOf(dayStart('2026-11-21') ?? '')).toBe('2026-11-21');
    expect(dayOf(dayEnd('2026-11-21') ?? '')).toBe('2026-11-21');
    expect(Date.parse(dayEnd('2026-11-21') ?? '') + 1).toBe(Date.parse(dayStart('2026-11-22') ?? ''));
    expect(dayStart('2026-02-30')).toBeUndefined();
    expect(dayStart('21/11/2026')).toBeUndefined();
  });
});

describe('the scale of a score', () => {
  it('is the unit interval for probabilities and gives room to other scores', () => {
    expect(scaleOf({ shownScore: 0.25, thresholds: { negative: 0.4, positive: 0.6 } })).toEqual({
      low: 0,
      high: 1,
      score: 0.25,
      negative: 0.4,
      positive: 0.6,
    });
    const wide = scaleOf({ shownScore: 8, thresholds: { negative: -2, positive: 3 } });
    expect(wide.low).toBe(-3);
    expect(wide.high).toBe(9);
    expect(wide.score).toBeCloseTo(11 / 12);
  });
});

describe('evidence', () => {
  const window = (stepKey: string, startS: number, score: number) => ({
    stepKey,
    startS,
    endS: startS + 1,
    score,
  });
  const result = (id: string, name: string): ScreeningResult =>
    ({
      id,
      model: { name, version: '1.0.0', sha256: '', isDemonstration: false },
      inputs: { takes: [{ stepKey: 'frase', takeId: 't1', sha256: '' }] },
      outcome: { status: 'completed', evidence: [window('frase', 0, 0.2), window('parlenda', 0, 0.9)] },
    }) as unknown as ScreeningResult;

  it('names the strongest windows first', () => {
    const windows = [
      window('frase', 0, 0.2),
      window('frase', 1, 0.9),
      window('frase', 2, 0.5),
      window('frase', 3, 0.1),
    ];
    expect(strongestEvidence(windows).map(({ score }) => score)).toEqual([0.9, 0.5, 0.2]);
  });

  it('belongs to the take that was screened and to no other take of the step', () => {
    expect(evidenceOfTake(result('1', 'm'), 't1')).toEqual([window('frase', 0, 0.2)]);
    expect(evidenceOfTake(result('1', 'm'), 't2')).toEqual([]);
    expect(evidenceOfTake(undefined, 't1')).toEqual([]);
  });

  it('is grouped by model, the one that ran last first, whatever order the results come in', () => {
    const groups = byModel([result('3', 'b'), result('1', 'a'), result('4', 'a'), result('2', 'b')]);
    expect(
      groups.map(({ model, newest, earlier }) => [model.name, newest.id, earlier.map(({ id }) => id)]),
    ).toEqual([
      ['a', '4', ['1']],
      ['b', '3', ['2']],
    ]);
  });
});

describe('a model card', () => {
  it('becomes headings, paragraphs, lists and tables of plain text', () => {
    const card =
      '# Card\nA **bold** line\ngoes on.\n\n- one\n- two `code`\n  more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';
    expect(cardBlocks(card)).toEqual([
      { kind: 'heading', text: 'Card' },
      { kind: 'paragraph', text: 'A bold line goes on.' },
      { kind: 'list', items: ['one', 'two code more'] },
      {
        kind: 'table',
        rows: [
          ['a', 'b'],
          ['1', '2'],
        ],
      },
    ]);
  });

  it('never loses a line, whatever it holds', () => {
    const card = '<b>x</b>\n#no heading\n| \n-\n1. first';
    const text = JSON.stringify(cardBlocks(card));
    for (const word of ['<b>x</b>', '#no heading', 'first']) expect(text).toContain(word);
  });
});
