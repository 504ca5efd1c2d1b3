/** Nothing of a patient lies readable on the disk: not in the store, not in the log, not while it is recorded. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { answers, clinician, doTheRest, draftSession, phrase, test } from './support/bedside.ts';
import { filesOf } from './support/folder-print.ts';
import { spoken, startTake, watchTake } from './support/take-watch.ts';

const patient = { ...answers, hospital: 'Santa Casa de Ituverava do Norte', rgh: 'Q7741930-KZ' };
const note = 'Paciente refere falta de ar desde quarta-feira';

test('defect 10: record number, names, notes and voice never lie readable in the data folder or the log, also while recording and after a crash', async ({
  openBedside,
}) => {
  const bedside = await openBedside({ sound: phrase(8) });
  const { page, dataFolder } = bedside;
  const draft = await draftSession(bedside, { mode: 'inference', answers: patient });
  await bedside.must('sessions.add-note', { sessionId: draft.id, text: note });
  // What the program refuses is named in its log, without what was in it.
  await bedside.call('people.sign-in', { username: patient.rgh, password: note });
  await bedside.call('people.sign-in', { username: clinician.username, password: clinician.password });
  await bedside.open(draft.id);
  const voice = hearVoice(page);
  const watch = watchTake(page);
  await startTake(page);
  await spoken(watch, 2);
  const secrets = (): readonly Secret[] => [
    ...[patient.rgh, patient.hospital, clinician.displayName, note].flatMap(inEachCoding),
    ...voice(),
  ];
  expect(voice().length).toBeGreaterThan(0);
  expect(readable(dataFolder, secrets())).toEqual([]);
  await bedside.workstation.kill();
  expect(readable(dataFolder, secrets())).toEqual([]);

  await bedside.restart();
  await bedside.signIn();
  await doTheRest(bedside, draft.id);
  expect((await bedside.must('sessions.complete', { sessionId: draft.id })).status).toBe('completed');
  expect(readable(dataFolder, secrets())).toEqual([]);
  await bedside.workstation.stop();
  expect(readable(dataFolder, secrets())).toEqual([]);
  for (const text of [patient.rgh, clinician.username, note])
    expect(bedside.workstation.output()).not.toContain(text);

  // The search itself finds what lies there in clear.
  const log = join(dataFolder, 'logs', 'spira.log');
  expect(readFileSync(log, 'utf8')).toContain('started');
  expect(readable(dataFolder, inEachCoding('started'))).not.toEqual([]);
  appendFileSync(log, Buffer.from(voice()[0]?.bytes ?? []));
  expect(readable(dataFolder, secrets())).toEqual(['logs/spira.log holds voice']);
});

interface Secret {
  readonly what: string;
  readonly bytes: Buffer;
}

function inEachCoding(text: string): readonly Secret[] {
  const plain = Buffer.from(text);
  return [
    { what: `text "${text}"`, bytes: plain },
    { what: `text "${text}" in UTF-16`, bytes: Buffer.from(text, 'utf16le') },
    { what: `text "${text}" in base64`, bytes: Buffer.from(plain.toString('base64').replace(/=+$/u, '')) },
  ];
}

/** 32 samples from the middle of each chunk that the page sent, as bytes. */
function hearVoice(page: Page): () => readonly Secret[] {
  const pieces: Secret[] = [];
  page.on('request', (request) => {
    if (!request.url().endsWith('/api/recording.append')) return;
    const { pcm } = request.postDataJSON() as { readonly pcm: string };
    const bytes = Buffer.from(pcm, 'base64');
    const middle = Math.floor(bytes.length / 4) * 2;
    pieces.push({ what: 'voice', bytes: bytes.subarray(middle, middle + 64) });
  });
  return () => pieces;
}

/** Which file or file name holds which of these, as readable sentences. */
function readable(folder: string, secrets: readonly Secret[]): readonly string[] {
  const found = new Set<string>();
  for (const path of filesOf(folder)) {
    const name = path.slice(folder.length + 1);
    const content = Buffer.concat([Buffer.from(`${name}\n`), readFileSync(path)]);
    for (const { what, bytes } of secrets) if (content.includes(bytes)) found.add(`${name} holds ${what}`);
  }
  return [...found];
}
