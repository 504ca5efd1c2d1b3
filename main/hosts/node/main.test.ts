import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  call,
  clinicianAt,
  password,
  runHost,
  runHostWithBrowser,
  startHost,
  type HostProcess,
} from './host-process.ts';
import type { Visitor } from './visitor.ts';

const sampleRateHz = 48_000;

let folder: string;
let dataFolder: string;
let running: HostProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-host-'));
  dataFolder = join(folder, 'data');
  running = [];
});
afterEach(async () => {
  for (const host of running) await host.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function started(args: readonly string[] = [], data = dataFolder): Promise<HostProcess> {
  const host = await startHost(data, args);
  running.push(host);
  return host;
}

async function draftAt(visitor: Visitor) {
  const { forms, protocols } = await call(visitor, 'definitions.list', {});
  const form = forms[0]!;
  const protocol = protocols[0]!;
  return call(visitor, 'sessions.create', {
    mode: 'collection',
    kind: 'TEST',
    form: { id: form.id, version: form.version },
    protocol: { id: protocol.id, version: protocol.version },
    models: [],
  });
}

function tone(frames: number): string {
  const pcm = Buffer.alloc(frames * 2);
  for (let index = 0; index < frames; index += 1) {
    pcm.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 220 * index) / sampleRateHz)), index * 2);
  }
  return pcm.toString('base64');
}

const device = {
  label: 'Test microphone',
  echoCancellation: 'off',
  noiseSuppression: 'off',
  autoGainControl: 'off',
  channelCount: 1,
} as const;

describe('the Node host as a process', () => {
  it('takes a first user from the printed address to a draft, and ends in order', async () => {
    const host = await started();
    expect(host.address).toMatch(/^http:\/\/[0-9a-f]{20}\.localhost:\d+\/enter\?code=[\w-]{32}$/u);
    const visitor = await clinicianAt(host);
    const draft = await draftAt(visitor);
    expect(draft).toMatchObject({ status: 'draft', createdBy: 'ana' });
    expect(await host.end('SIGTERM')).toBe(0);
    expect(readdirSync(dataFolder)).not.toContain('running.json');
  });

  it('keeps all that was acknowledged of a recording through kill -9, and offers the session again', async () => {
    const host = await started();
    const visitor = await clinicianAt(host);
    const draft = await draftAt(visitor);
    const { takeId } = await call(visitor, 'recording.start', {
      sessionId: draft.id,
      stepKey: 'ruido',
      sampleRateHz,
      device,
    });
    const chunkFrames = sampleRateHz / 2;
    let storedFrames = 0;
    for (let sequence = 0; sequence < 6; sequence += 1) {
      const stored = await call(visitor, 'recording.append', {
        takeId,
        sequence,
        firstFrame: sequence * chunkFrames,
        pcm: tone(chunkFrames),
      });
      storedFrames = stored.storedFrames;
    }
    // One more is on its way when the power goes.
    const unanswered = visitor
      .invoke('recording.append', {
        takeId,
        sequence: 6,
        firstFrame: 6 * chunkFrames,
        pcm: tone(chunkFrames),
      })
      .catch(() => undefined);
    await host.end('SIGKILL');
    await unanswered;

    const again = await started();
    const later = await again.enter();
    await call(later, 'people.sign-in', { username: 'ana', password });
    const home = await call(later, 'home.state', {});
    expect(home.drafts.map(({ id }) => id)).toEqual([draft.id]);
    const session = await call(later, 'sessions.get', { sessionId: draft.id });
    const takes = session.steps.find(({ key }) => key === 'ruido')!.takes;
    expect(takes).toHaveLength(1);
    expect(takes[0]).toMatchObject({ id: takeId, sampleRateHz, continuity: { interruption: 'app-ended' } });
    expect(storedFrames).toBe(6 * chunkFrames);
    expect(takes[0]!.frameCount).toBeGreaterThanOrEqual(storedFrames);
    expect(takes[0]!.frameCount).toBeLessThanOrEqual(storedFrames + chunkFrames);
    const audio = await call(later, 'recording.audio', {
      takeId,
      offsetBytes: 0,
      lengthBytes: 44 + 2 * chunkFrames,
    });
    const sent = Buffer.from(tone(chunkFrames), 'base64');
    expect(Buffer.from(audio.bytes, 'base64').indexOf(sent)).toBeGreaterThan(0);
  });

  it('keeps a take that a reloaded page left open', async () => {
    const host = await started();
    const visitor = await clinicianAt(host);
    const draft = await draftAt(visitor);
    const page = await visitor.listen();
    const { takeId } = await call(visitor, 'recording.start', {
      sessionId: draft.id,
      stepKey: 'ruido',
      sampleRateHz,
      device,
    });
    const pcm = tone(sampleRateHz);
    await call(visitor, 'recording.append', { takeId, sequence: 0, firstFrame: 0, pcm });
    const reloaded = await visitor.listen();
    page.close();
    while ((await call(visitor, 'sessions.get', { sessionId: draft.id })).steps[0]!.takes.length === 0) {
      await reloaded.next();
    }
    const session = await call(visitor, 'sessions.get', { sessionId: draft.id });
    expect(session.steps[0]!.takes[0]).toMatchObject({ id: takeId, frameCount: sampleRateHz });
    reloaded.close();
    expect(await host.end('SIGTERM')).toBe(0);
  });

  it('is one per data folder: a second start gives a new address of the first and ends', async () => {
    const host = await started();
    await host.enter();
    const second = await runHost(['--data', dataFolder]);
    expect(second).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`process ${host.child.pid}`) as string,
    });
    expect(new URL(second.stdout.trim()).host).toBe(new URL(host.address).host);
    expect(second.stdout.trim()).not.toBe(host.address);
  });

  it('writes no name, answer or record number into its log', async () => {
    const host = await started();
    const visitor = await clinicianAt(host);
    const draft = await draftAt(visitor);
    await call(visitor, 'sessions.save-draft', {
      sessionId: draft.id,
      answers: { hospital: 'Hospital das Clínicas', rgh: '14259401E' },
      confirmedWarnings: [],
      currentStep: 'form',
    }).catch(() => undefined);
    await visitor.invoke('people.sign-in', { username: 'joana.pereira', password: 'wrong password' });
    await host.end('SIGTERM');
    const log = readFileSync(join(dataFolder, 'logs', 'spira.log'), 'utf8');
    expect(log).toContain('"command":"people.sign-in"');
    expect(log).not.toMatch(/14259401E|Clínicas|joana|Ana|wrong password/u);
  });
});

describe.runIf(process.platform === 'linux')('the window', () => {
  it('is opened in the installed browser with a profile of its own; when it is gone, the host ends', async () => {
    const log = join(folder, 'browser.json');
    const browser = join(import.meta.dirname, 'fixtures', 'pretend-browser.mjs');
    const ended = await runHostWithBrowser(dataFolder, browser, { PRETEND_BROWSER_LOG: log }, () => false);
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^--app=http:\/\/[0-9a-f]{20}\.localhost:\d+\/enter\?code=[\w-]{32}$/u),
        `--user-data-dir=${join(dataFolder, 'browser')}`,
      ]) as string[],
    );
  });

  it('gives way to a printed address where the browser cannot be started', async () => {
    const isEnough = (stdout: string): boolean => stdout.includes('\n');
    const ended = await runHostWithBrowser(dataFolder, '/bin/false', {}, isEnough);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('/bin/false') as string });
    expect(ended.stdout).toMatch(/^http:\S+\n$/u);
  });

  it('gives way to a printed address where no browser is installed', async () => {
    const isEnough = (stdout: string): boolean => stdout.includes('\n');
    const ended = await runHostWithBrowser(dataFolder, join(folder, 'none'), {}, isEnough);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('SPIRA_BROWSER') as string });
  });
});

describe('a start that cannot be', () => {
  it('names an unknown option', async () => {
    const result = await runHost(['--no-windows']);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('--no-windows') as string });
  });

  it('says that the key is missing and touches nothing', async () => {
    await (await started()).end('SIGTERM');
    rmSync(join(dataFolder, 'spira.key'));
    const before = readFileSync(join(dataFolder, 'store.db'));
    const result = await runHost(['--data', dataFolder]);
    expect(result.code).toBe(10);
    expect(result.stderr).toMatch(/key is not on this PC.*--recovery-key-file/u);
    expect(readFileSync(join(dataFolder, 'store.db')).equals(before)).toBe(true);
    expect(readdirSync(dataFolder)).not.toContain('spira.key');
  });

  it('says that the key is wrong', async () => {
    await (await started()).end('SIGTERM');
    const other = join(folder, 'other');
    await (await started([], other)).end('SIGTERM');
    cpSync(join(other, 'spira.key'), join(dataFolder, 'spira.key'));
    expect((await runHost(['--data', dataFolder])).code).toBe(11);
  });

  it.runIf(process.platform !== 'win32')('refuses a key that others can read', async () => {
    await (await started()).end('SIGTERM');
    chmodSync(join(dataFolder, 'spira.key'), 0o644);
    const result = await runHost(['--data', dataFolder]);
    expect(result).toMatchObject({
      code: 12,
      stderr: expect.stringContaining('readable-by-others') as string,
    });
  });

  it('says that the folder cannot be used', async () => {
    writeFileSync(join(folder, 'file'), '');
    const result = await runHost(['--data', join(folder, 'file')]);
    expect(result.code).toBe(17);
  });

  it('says that the port is taken', async () => {
    const host = await started();
    const { port } = new URL(host.address);
    const result = await runHost(['--data', join(folder, 'other'), '--port', port]);
    expect(result).toMatchObject({ code: 22, stderr: expect.stringContaining(port) as string });
  });
});

describe('the key', () => {
  it('can be a passphrase, which the store needs from then on', async () => {
    const right = join(folder, 'right.txt');
    const wrong = join(folder, 'wrong.txt');
    writeFileSync(right, 'uma frase para o plantão\n', { mode: 0o600 });
    writeFileSync(wrong, 'outra frase\n', { mode: 0o600 });
    await (await started(['--passphrase-file', right])).end('SIGTERM');
    await (await started(['--passphrase-file', right])).end('SIGTERM');
    const withWrong = await runHost(['--data', dataFolder, '--passphrase-file', wrong]);
    expect(withWrong.code).toBe(11);
    expect((await runHost(['--data', dataFolder])).code).toBe(10);
  });

  it('can be recovered on another PC from the printed words, given as a file or on standard input', async () => {
    const host = await started();
    const visitor = await host.enter();
    await call(visitor, 'people.create-first', {
      username: 'ti',
      displayName: 'TI',
      password,
      language: 'pt-BR',
    });
    const { recoveryKey } = await call(visitor, 'storage.recovery-key', { password });
    await host.end('SIGTERM');
    rmSync(join(dataFolder, 'spira.key'));
    const words = join(folder, 'recovery.txt');
    writeFileSync(words, `${recoveryKey}\r\n`);
    const recovered = await started(['--recovery-key-file', words]);
    await call(await recovered.enter(), 'people.sign-in', { username: 'ti', password });
    await recovered.end('SIGTERM');
    await (await started()).end('SIGTERM');

    rmSync(join(dataFolder, 'spira.key'));
    writeFileSync(words, `${recoveryKey.slice(0, -1)}x\n`);
    const mistyped = await runHost(['--data', dataFolder, '--recovery-key-file', words]);
    expect(mistyped.code).toBe(2);
    expect(readdirSync(dataFolder)).not.toContain('spira.key');
  });
});
