import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasDisplay, parseOptions } from './options.ts';

const linux = { DISPLAY: ':0', HOME: '/home/ana' };

describe('the command line of the Node host', () => {
  it('takes a folder, a port and a passphrase file', () => {
    const parsed = parseOptions(
      ['--data', 'somewhere', '--no-window', '--port', '8123', '--passphrase-file=secret.txt'],
      linux,
    );
    expect(parsed).toEqual({
      kind: 'run',
      options: {
        dataFolder: resolve('somewhere'),
        opensWindow: false,
        port: 8123,
        keyFile: undefined,
        passphraseFile: resolve('secret.txt'),
        recoveryKeyFile: undefined,
        pagesFolder: undefined,
      },
    });
  });

  it('uses the folder that SPIRA_DATA names where no other is given', () => {
    const parsed = parseOptions(['--no-window'], { ...linux, SPIRA_DATA: '/data/ward-3' });
    expect(parsed).toMatchObject({ kind: 'run', options: { dataFolder: resolve('/data/ward-3') } });
  });

  it.each([
    [['--dta', 'x'], '--dta'],
    [['somewhere'], 'somewhere'],
    [['--port', 'eighty'], 'eighty'],
    [['--port', '70000'], '70000'],
    [['--port', '-1'], '--port'],
    [['--data'], '--data'],
    [['--data='], '--data'],
  ])('names what it does not understand in %j', (args, named) => {
    const parsed = parseOptions(args, linux);
    expect(parsed).toMatchObject({ kind: 'wrong', message: expect.stringContaining(named) as string });
  });

  it('reads the recovery key from standard input for -', () => {
    expect(parseOptions(['--recovery-key-file', '-'], linux)).toMatchObject({
      kind: 'run',
      options: { recoveryKeyFile: '-' },
    });
  });

  it('answers --help whatever else is right', () => {
    expect(parseOptions(['--help', '--port', '1'], linux)).toEqual({ kind: 'help' });
  });
});

it.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: '' }, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['win32', {}, true],
  ['darwin', {}, true],
] as const)('on %s with %j there is a display: %s', (platform, environment, expected) => {
  expect(hasDisplay(platform, environment)).toBe(expected);
});
