import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

describe('the command line of the screening', () => {
  it('takes recordings one by one, models by name and version, and their folders', () => {
    const parsed = parseCommandLine([
      '--recording',
      'sustentada=a=b.wav',
      '--model',
      'one',
      '--model',
      'two@1.2.3',
      '--model-folder',
      'folder',
      '--protocol',
      'spira@1.0.0',
    ]);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        recordings: [{ key: 'sustentada', path: resolve('a=b.wav') }],
        models: [
          { name: 'one', version: undefined },
          { name: 'two', version: '1.2.3' },
        ],
        modelFolders: [resolve('folder')],
        protocol: { name: 'spira', version: '1.0.0' },
      },
    });
  });

  it('takes answers alone: a model may ask for nothing else', () => {
    expect(parseCommandLine(['--answers', 'a.json'])).toMatchObject({ ok: true });
  });

  it.each([
    [[], 'nothing to screen'],
    [['--modle', 'x'], '--modle'],
    [['--recording', 'sustentada'], 'KEY=FILE'],
    [['--recording', 'Sustentada=a.wav'], 'KEY=FILE'],
    [['--recording', 'a=b', '--recording', 'a=c'], 'twice'],
    [['--recording', 'a=b', 'c.wav'], 'not both'],
    [['--form', 'spira-patient', 'a.wav'], 'ID@VERSION'],
    [['--protocol', 'spira', 'a.wav'], 'ID@VERSION'],
    [['--replay', 'x', 'a.wav'], '--replay'],
    [['--model'], '--model'],
  ])('says what is wrong with %j', (args, reason) => {
    expect(parseCommandLine(args)).toMatchObject({
      ok: false,
      problem: { code: 'invalid-input', details: { message: expect.stringContaining(reason) as string } },
    });
  });
});
