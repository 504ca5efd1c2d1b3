/** A registry with labelled work to do, a ward PC that sent it, and the people who read it. */
import { randomBytes } from 'node:crypto';
import { expect } from '@playwright/test';
import type { SessionId } from '../../contract/ids.ts';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import { administrator, doTheRest, draftSession, type Bedside } from './bedside.ts';
import { setUpRegistry, type CentralHospital, type RegistryProcess, type RegistryUser } from './registry.ts';

/** Answers for all hospitals, and reads a second time. */
export const secondReader = {
  username: 'leitora',
  password: 'varanda-limão-serra',
  displayName: 'Lia Leitora',
};

export interface Studied {
  readonly central: CentralHospital;
  /** In the order in which they arrived. */
  readonly sessions: readonly SessionId[];
}

/** Sessions recorded at the bedside, safe at the registry; the readers' accounts have come to this PC. */
export async function studiedWard(
  bedside: Bedside,
  registry: () => RegistryProcess,
  count: number,
): Promise<Studied> {
  const central = await setUpRegistry(registry(), () => registry().url);
  await central.it.json('POST', '/api/accounts', {
    ...secondReader,
    email: null,
    roles: ['researcher'],
    hospitals: 'all',
    language: 'en',
  });
  const code = await central.invite();
  await bedside.as(administrator, () =>
    bedside.must('sync.enrol', { url: registry().url, code, name: 'Leito 4' }),
  );
  const sessions: SessionId[] = [];
  for (let number = 1; number <= count; number += 1) {
    const { id } = await draftSession(bedside, {
      mode: number === 1 ? 'inference' : 'collection',
      kind: 'PATIENT',
      answers: { ...patient, rgh: recordNumbers[number - 1] ?? '' },
    });
    await doTheRest(bedside, id);
    await bedside.must('sessions.complete', { sessionId: id });
    await bedside.must('sync.now', {});
    await expect
      .poll(async () => (await bedside.must('sessions.get', { sessionId: id })).sync, { timeout: 60_000 })
      .toBe('synced');
    sessions.push(id);
  }
  return { central, sessions };
}

const patient = {
  hospital: 'Santa Casa de Misericórdia',
  sex: 'FEMALE',
  age: 61,
  covidStatus: 'UNKNOWN',
  maskType: 'NONE',
};
const recordNumbers = ['40213', '40377', '40419', '40558'];

/** Labels given over HTTP, one per session. */
export async function labelAll(
  reader: RegistryUser,
  sessions: readonly SessionId[],
  values: readonly string[],
): Promise<void> {
  for (const [index, sessionId] of sessions.entries()) {
    await reader.json('POST', `/api/sessions/${sessionId}/labels`, {
      id: uuidV7(Date.now(), randomBytes(10)),
      question: 'respiratory-insufficiency',
      value: values[index],
      source: 'researcher',
    });
  }
}

export async function goTo({ page }: Bedside, hash: string): Promise<void> {
  await page.evaluate((target) => {
    window.location.hash = target;
  }, hash);
}

/** Signs in with the password that opens the registry too, and waits until it does. */
export async function sitAtRegistry(
  bedside: Bedside,
  secret: { readonly username: string; readonly password: string },
): Promise<void> {
  const { username, password } = secret;
  await bedside.must('people.sign-in', { username, password });
  await expect
    .poll(async () => (await bedside.must('research.state', {})).sitting, { timeout: 30_000 })
    .toBe('open');
}
