/** One patient from "New session" to the last recording with the keyboard alone, and what must be kept of it. */
import { expect } from '@playwright/test';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { SessionDetail, SessionMode } from '../../contract/session.ts';
import type { Bedside } from './bedside.ts';
import { expectFaithful } from './faithful-take.ts';
import type { SessionByKeyboard } from './session-by-keyboard.ts';
import { roomNoise, spokenSentence, vowel, type Sound } from './sound.ts';

export const sentence = spokenSentence('sentence-a');
const rhyme = spokenSentence('sentence-b');
const quietRoom = roomNoise(4, -65);
const sustainedVowel = vowel(5);
const witness = 'Bruno Prado';

export interface Patient {
  readonly mode: SessionMode;
  readonly recordNumber: string;
  /** The last step is left out with its reason instead of recorded. */
  readonly leavesSentenceOut: boolean;
}

export interface DoneSession {
  readonly sessionId: SessionId;
  readonly protocol: ProtocolDefinition;
  readonly takes: readonly { readonly stepKey: string; readonly takeId: TakeId; readonly played: Sound }[];
}

/** The desk has to play `sentence` at first. Ends on the result page. */
export async function doWholeSession(
  bedside: Bedside,
  hands: SessionByKeyboard,
  { mode, recordNumber, leavesSentenceOut }: Patient,
): Promise<DoneSession> {
  const { page } = bedside;
  const say = hands.words;
  const { protocols } = await bedside.must('definitions.list', {});
  const protocol = protocols[0];
  if (protocol === undefined) throw new Error('no protocol is installed');
  const takes: DoneSession['takes'][number][] = [];
  const record = async (stepKey: string, played: Sound, seconds?: number): Promise<void> => {
    takes.push({ stepKey, played, takeId: await hands.record(protocol, stepKey, seconds) });
  };

  const sessionId = await hands.begin(mode);
  await hands.fillForm(recordNumber);
  await hands.checkMicrophone();

  await hands.atStep(protocol, 'ruido');
  await hands.resumeWith(quietRoom, recordNumber);
  await record('ruido', quietRoom);
  await hands.goOn();

  await hands.atStep(protocol, 'aceite');
  await hands.resumeWith(sentence, recordNumber);
  await record('aceite', sentence, 2);
  await hands.acceptConsent(protocol, witness);

  await hands.atStep(protocol, 'sustentada');
  await hands.resumeWith(sustainedVowel, recordNumber);
  await record('sustentada', sustainedVowel, 3);
  await expect(page.getByText(say.goodTake)).toBeVisible();
  await hands.goOn();

  await hands.atStep(protocol, 'parlenda');
  await hands.resumeWith(rhyme, recordNumber);
  await record('parlenda', rhyme, 4);
  await expect(page.getByText(say.goodTake)).toBeVisible();
  await hands.goOn();

  if (leavesSentenceOut) await hands.leaveOut(protocol, 'frase', 'cannot-read');
  else {
    await record('frase', rhyme, 3);
    await hands.goOn(say.finish);
  }
  return { sessionId, protocol, takes };
}

/** The answers, the consent and the takes as they were given, whole, and sounding as they were played. */
export async function expectKept(
  bedside: Bedside,
  session: SessionDetail,
  { takes }: DoneSession,
  { recordNumber, leavesSentenceOut }: Patient,
): Promise<void> {
  expect(session.answers).toMatchObject({
    hospital: 'Santa Casa',
    rgh: recordNumber,
    sex: 'FEMALE',
    age: 61,
    covidStatus: 'TRUE',
    lastPositiveDiagnosisDate: '2026-10-03',
    hospitalized: true,
    hospitalizationStart: '2026-10-04',
    hospitalizationEnd: '2026-10-12',
    maskType: 'THIN',
    spo2: 94,
    respiratoryInsufficiency: 'YES',
    ward: 'ICU',
  });
  expect(session.consent).toMatchObject({
    takeId: takes.find(({ stepKey }) => stepKey === 'aceite')?.takeId,
    purposes: ['care', 'research'],
    witness,
  });
  const states = Object.fromEntries(session.steps.map(({ key, state }) => [key, state]));
  expect(states).toEqual({
    ruido: 'done',
    aceite: 'done',
    sustentada: 'done',
    parlenda: 'done',
    frase: leavesSentenceOut ? 'skipped' : 'done',
  });
  const kept = session.steps.flatMap((step) => step.takes);
  expect(kept.map(({ id }) => id)).toEqual(takes.map(({ takeId }) => takeId));
  for (const { stepKey, takeId, played } of takes) {
    const take = kept.find(({ id }) => id === takeId);
    if (take === undefined) throw new Error(`no take of ${stepKey} is kept`);
    await expectFaithful(bedside, take, played);
  }
}
