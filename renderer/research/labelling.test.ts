import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountId, SessionId, TakeId } from '../../contract/ids.ts';
import type { HospitalId } from '../../contract/registry/ids.ts';
import type { LabelCase } from '../../contract/registry/labels.ts';
import { fail, ok, type ProblemCode, type Result } from '../../contract/result.ts';
import type { Call } from '../api/client.ts';
import { askNext, change, correct, give, goOn, seatReader, sendKept, useLabelling } from './labelling.ts';
import {
  chosen,
  givenCount,
  isGiven,
  mayChoose,
  noLabelling,
  otherTake,
  skippedCurrent,
} from './labelling-rules.ts';

const reader = '019aa0f0-0000-7000-8000-00000000000a' as AccountId;
const sessionOf = (number: number) => `019aa0f0-0000-7000-8000-00000000010${number}` as SessionId;

function caseOf(number: number): LabelCase {
  const take = (place: number) => ({
    takeId: `019aa0f0-0000-7000-8000-0000000002${number}${place}` as TakeId,
    stepKey: 'sustentada',
    durationS: 4,
    sampleRateHz: 48_000,
    sha256: 'a'.repeat(64),
    audio: '/api',
  });
  return {
    sessionId: sessionOf(number),
    hospitalId: '019aa0f0-0000-7000-8000-0000000000ff' as HospitalId,
    question: 'respiratory-insufficiency',
    reading: 1,
    isBlind: true,
    receivedAt: '2026-11-21T12:00:00.000Z',
    takes: [take(1), take(2)],
  };
}

/** A registry with sessions 1 to 3, and a line that may break. */
function registry() {
  const sent: { readonly sessionId: string; readonly value: unknown; readonly why: unknown; id: unknown }[] =
    [];
  let problem: ProblemCode | null = null;
  const call = (async (name: string, input: never): Promise<Result<unknown>> => {
    await Promise.resolve();
    if (problem !== null) return fail(problem);
    if (name === 'research.labels.next') {
      const { skip } = (input as { body: { skip: string[] } }).body;
      const done = new Set([...sent.map(({ sessionId }) => sessionId), ...skip]);
      const next = [1, 2, 3].map(caseOf).find(({ sessionId }) => !done.has(sessionId)) ?? null;
      return ok({ next, waiting: { unlabelled: 3 - sent.length, unread: 0, secondReadings: 0 } });
    }
    const { params, body } = input as {
      params: { sessionId: string };
      body: { value: unknown; why: unknown; id: unknown };
    };
    if (!sent.some(({ id }) => id === body.id)) sent.push({ ...params, ...body });
    return ok({});
  }) as Call;
  return {
    call,
    sent,
    breaks(code: ProblemCode | null) {
      problem = code;
    },
  };
}

const state = () => useLabelling.getState();
const choose = (value: string) => change((before) => chosen(before, value));

beforeEach(() => {
  useLabelling.setState(noLabelling, true);
  seatReader(reader);
});

describe('labelling', () => {
  it('goes from session to session as each label is given', async () => {
    const { call, sent } = registry();
    await askNext(call);
    expect(state().current?.sessionId).toBe(sessionOf(1));
    choose('positive');
    await give(call, 'next');
    choose('unsure');
    change((before) => ({ ...before, comment: '  voz rouca ' }));
    await give(call, 'next');
    expect(sent).toMatchObject([
      { sessionId: sessionOf(1), value: 'positive', why: null },
      { sessionId: sessionOf(2), value: 'unsure', why: 'voz rouca' },
    ]);
    expect([state().current?.sessionId, state().choice, state().comment, givenCount(state())]).toEqual([
      sessionOf(3),
      null,
      '',
      2,
    ]);
  });

  it('gives nothing without a choice', async () => {
    const { call, sent } = registry();
    await askNext(call);
    await give(call, 'next');
    expect(sent).toEqual([]);
  });

  it.each(['registry-unreachable', 'registry-sign-in-needed', 'registry-busy'] as const)(
    'keeps what was chosen when the registry is lost (%s), and sends it once',
    async (code) => {
      const line = registry();
      await askNext(line.call);
      choose('negative');
      line.breaks(code);
      await give(line.call, 'next');
      expect(state().given).toMatchObject([{ state: 'kept', problem: { code } }]);
      expect(state().current?.sessionId).toBe(sessionOf(1));
      expect(mayChoose(state())).toBe(false);
      await goOn(line.call);
      expect(state().current?.sessionId).toBe(sessionOf(1));
      line.breaks(null);
      await sendKept(line.call);
      await sendKept(line.call);
      expect(line.sent).toHaveLength(1);
      expect(state().given).toMatchObject([{ state: 'sent' }]);
      expect(state().current?.sessionId).toBe(sessionOf(2));
    },
  );

  it('says of a label that the registry does not take, and lets another be chosen', async () => {
    const line = registry();
    await askNext(line.call);
    choose('negative');
    line.breaks('conflict');
    await give(line.call, 'next');
    expect(state().given).toMatchObject([{ state: 'refused', problem: { code: 'conflict' } }]);
    expect([isGiven(state()), mayChoose(state()), givenCount(state())]).toEqual([false, true, 0]);
  });

  it('stays at the session where others’ labels are to be compared', async () => {
    const { call } = registry();
    await askNext(call);
    choose('positive');
    await give(call, 'compare');
    expect([state().isCompared, state().current?.sessionId]).toEqual([true, sessionOf(1)]);
    choose('negative');
    expect(state().choice).toBe('positive');
    await goOn(call);
    expect([state().isCompared, state().current?.sessionId]).toEqual([false, sessionOf(2)]);
  });

  it('corrects a label of one’s own with a reason, beside the one before', async () => {
    const { call, sent } = registry();
    await askNext(call);
    choose('positive');
    await give(call, 'next');
    await correct(call, sessionOf(1), { value: null, why: 'paciente trocado' });
    expect(sent.at(-1)).toMatchObject({ sessionId: sessionOf(1), value: null, why: 'paciente trocado' });
    expect(state().given.map(({ isCorrection }) => isCorrection)).toEqual([true, false]);
    expect(givenCount(state())).toBe(1);
  });

  it('leaves a session for later, which comes again when nothing else waits', async () => {
    const { call } = registry();
    await askNext(call);
    for (let turn = 0; turn < 3; turn += 1) {
      change(skippedCurrent);
      await askNext(call);
    }
    expect(state().current?.sessionId).toBe(sessionOf(1));
  });

  it('never sends as one reader what another chose', async () => {
    const line = registry();
    await askNext(line.call);
    choose('positive');
    line.breaks('registry-unreachable');
    await give(line.call, 'next');
    seatReader('019aa0f0-0000-7000-8000-00000000000b' as AccountId);
    line.breaks(null);
    await sendKept(line.call);
    expect(line.sent).toEqual([]);
  });

  it('moves between recordings and stops at the ends', async () => {
    await askNext(registry().call);
    const places = [1, 1, -1, -1].map((by) => {
      change((before) => otherTake(before, by));
      return state().takeAt;
    });
    expect(places).toEqual([1, 1, 0, 0]);
  });
});
