/** A session from files, over the wire, from the first account to the result; then the result once more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeWav } from '../../core/wav.ts';
import { call, clinicianAt, runProgram, startHost, type HostProcess } from './host-process.ts';
import type { Visitor } from './visitor.ts';

let dataFolder: string;
let host: HostProcess;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'spira-whole-'));
});
afterEach(async () => {
  await host.end('SIGKILL');
  rmSync(dataFolder, { recursive: true, force: true });
});

const sampleRateHz = 16_000;
const model = { name: 'sustained-vowel-demonstration', version: '1.0.0' };

function voice(seconds: number, level: number): Uint8Array {
  const samples = Float32Array.from({ length: seconds * sampleRateHz }, (_, index) => {
    const phase = (2 * Math.PI * 150 * index) / sampleRateHz;
    return level * (Math.sin(phase) + 0.4 * Math.sin(2 * phase));
  });
  return encodeWav(samples, { sampleRateHz, bitDepth: 16 });
}

type SessionId = Awaited<ReturnType<typeof draft>>['id'];

async function draft(visitor: Visitor) {
  const { forms, protocols } = await call(visitor, 'definitions.list', {});
  const [form, protocol] = [forms[0]!, protocols[0]!];
  const session = await call(visitor, 'sessions.create', {
    mode: 'inference',
    kind: 'PATIENT',
    form: { id: form.id, version: form.version },
    protocol: { id: protocol.id, version: protocol.version },
    models: [model],
  });
  await call(visitor, 'sessions.save-draft', {
    sessionId: session.id,
    answers: {
      hospital: 'Hospital das Clínicas',
      rgh: '14259401E',
      sex: 'FEMALE',
      age: 61,
      covidStatus: 'UNKNOWN',
      maskType: 'NONE',
    },
    confirmedWarnings: [],
    currentStep: 'ruido',
  });
  return session;
}

async function importTake(visitor: Visitor, sessionId: SessionId, stepKey: string, wav: Uint8Array) {
  const { importId } = await call(visitor, 'import.start', { sessionId, stepKey, sizeBytes: wav.byteLength });
  const bytes = Buffer.from(wav).toString('base64');
  await call(visitor, 'import.append', { importId, offsetBytes: 0, bytes });
  return call(visitor, 'import.finish', { importId });
}

it('gives a pre-diagnosis that comes out the same when it is run again', { timeout: 60_000 }, async () => {
  host = await startHost(dataFolder);
  const visitor = await clinicianAt(host);
  const { id } = await draft(visitor);
  await importTake(visitor, id, 'ruido', voice(10, 0.0005));
  const consent = await importTake(visitor, id, 'aceite', voice(3, 0.2));
  await call(visitor, 'sessions.accept-consent', {
    sessionId: id,
    takeId: consent.id,
    textId: 'spira-sample-consent',
    textVersion: '1.0.0',
    language: 'pt-BR',
    purposes: ['care'],
    witness: 'Enfermeira Rosa',
  });
  for (const step of ['sustentada', 'parlenda']) await importTake(visitor, id, step, voice(6, 0.25));
  await call(visitor, 'sessions.skip-step', { sessionId: id, stepKey: 'frase', reason: 'patient-declines' });
  const session = await call(visitor, 'sessions.complete', { sessionId: id });
  expect(session).toMatchObject({
    status: 'completed',
    screenings: [{ model, outcome: { status: 'completed' } }],
  });

  // While the workstation runs, and again when it is closed.
  for (const isOpen of [true, false]) {
    if (!isOpen) expect(await host.end('SIGTERM')).toBe(0);
    const replayed = await runProgram('screen.ts', ['--replay', id, '--data', dataFolder]);
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      session: id,
      verdict: 'match',
      results: [{ model, verdict: 'match', result: session.screenings[0]!.id }],
    });
  }
  const unknown = await runProgram('screen.ts', [
    '--replay',
    '0192d5f0-0000-7000-8000-000000000000',
    '--data',
    dataFolder,
  ]);
  expect([unknown.code, JSON.parse(unknown.stdout)]).toMatchObject([
    1,
    { error: { code: 'session-not-found' } },
  ]);
  const audit = await runProgram('audit.ts', ['verify', '--data', dataFolder]);
  expect(audit).toMatchObject({ code: 0, stdout: expect.stringContaining('the trail is whole') as string });
});
