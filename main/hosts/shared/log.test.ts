import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createLog, type LineSink } from './log.ts';
import { openRotatingFile } from './rotating-file.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function recorded(): { readonly lines: string[]; readonly sink: LineSink } {
  const lines: string[] = [];
  return { lines, sink: { write: (line) => void lines.push(line), close: () => undefined } };
}

it('writes what happened with the facts of its list', () => {
  const { lines, sink } = recorded();
  createLog(sink).info('engine-timed-out', { model: 'vowel-demo', modelVersion: '1.0.0', timeoutMs: 30000 });
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 30,
    time: expect.any(String) as string,
    model: 'vowel-demo',
    modelVersion: '1.0.0',
    timeoutMs: 30000,
    msg: 'engine-timed-out',
  });
});

it('leaves out every fact that nobody listed and every text that is not a plain word', () => {
  const { lines, sink } = recorded();
  const log = createLog(sink);
  const facts = {
    recordNumber: '14259401E',
    patient: 'Maria da Silva',
    reason: 'Maria da Silva, 67, said no',
    command: 'sessions.save-draft',
    count: Number.NaN,
  };
  log.info('command-refused', facts);
  log.warn('Maria da Silva was here');
  const text = lines.join('');
  expect(text).toContain('sessions.save-draft');
  expect(text).not.toMatch(/Maria|Silva|14259401E|67|NaN/u);
});

it('keeps a fault by kind and place, never by its message', () => {
  const { lines, sink } = recorded();
  const cause = new TypeError('cannot read answers of Maria da Silva', {
    cause: Object.assign(new Error('open /data/Maria'), { code: 'ENOSPC' }),
  });
  cause.stack = `TypeError: Maria\n    at save (/opt/spira/main/app/save-draft.ts:12:7)\n    at Maria (/home/maria/x.ts:1:1)`;
  createLog(sink).fault('command-failed', cause, { command: 'sessions.save-draft' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 50,
    command: 'sessions.save-draft',
    fault: 'TypeError',
    frames: ['main/app/save-draft.ts:12'],
    causedBy: { fault: 'Error', code: 'ENOSPC' },
  });
  expect(lines[0]).not.toMatch(/maria/iu);
});

it('rolls the file over and keeps a limited number of old ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spira-log-'));
  folders.push(folder);
  const path = join(folder, 'logs', 'spira.log');
  const file = openRotatingFile(path, { maximumBytes: 20, keep: 2 });
  for (const line of ['first line 1\n', 'second line\n', 'third line 3\n', 'fourth line\n']) file.write(line);
  file.close();
  expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['spira.log', 'spira.log.1', 'spira.log.2']);
  expect(readFileSync(path, 'utf8')).toBe('fourth line\n');
  expect(readFileSync(`${path}.2`, 'utf8')).toBe('second line\n');
});

it('goes on without a log where none can be written', () => {
  const file = openRotatingFile('/dev/null/nowhere/spira.log', { maximumBytes: 20, keep: 1 });
  expect(() => {
    file.write('a line\n');
    file.write('another, longer than the limit of it\n');
    file.close();
  }).not.toThrow();
});
