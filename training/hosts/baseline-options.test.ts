import { describe, expect, it } from 'vitest';
import { baselineHelp, parseBaselineOptions } from './baseline-options.ts';

const needed = ['--csv=a.csv', '--recording=sustentada', '--name=n', '--version=1.0.0', '--out=m'];

describe('options of baseline', () => {
  it('have the values that the help says when they are left out', () => {
    expect(parseBaselineOptions(needed)).toEqual({
      kind: 'options',
      options: {
        csv: 'a.csv',
        recording: 'sustentada',
        name: 'n',
        version: '1.0.0',
        out: 'm',
        'label-of': 'subject',
        'window-s': 4,
        'step-s': 1,
        'maximum-s': 120,
        bootstrap: 2000,
        'tolerated-errors': 0.1,
        seed: 1,
        licence: 'not stated',
      },
    });
  });

  it.each([
    ['--name=Ä b', '--name "Ä b": needs small letters, digits and hyphens'],
    ['--version=1', '--version "1": is not of the form X.Y.Z'],
    ['--recording=Vogal A', '--recording "Vogal A"'],
    ['--window-s=long', '--window-s "long": is not a number of seconds'],
    ['--step-s=0', '--step-s "0": must be over 0 and at most 1200 seconds'],
    ['--seed=-1', '--seed "-1": is not a whole number'],
    ['--folds=2', '--folds "2"'],
    ['--label-of=voice', '--label-of "voice"'],
    ['--tolerated-errors=1.5', '--tolerated-errors "1.5": is not a share below 1'],
    ['--run=A b', '--run "A b"'],
    ['--cvs=x', "Unknown option '--cvs'"],
    ['stray', "Unexpected argument 'stray'"],
  ])('are refused by name: %s', (argument, message) => {
    const parsed = parseBaselineOptions([...needed, argument]);
    expect(parsed.kind === 'wrong' && parsed.what).toContain(message);
  });

  it('are all in the help', () => {
    const listed = [...baselineHelp.matchAll(/^ {2}--([a-z-]+) /gmu)].map(([, name]) => name);
    const unknown = listed.filter((name) => {
      const parsed = parseBaselineOptions([`--${name}=x`]);
      return parsed.kind === 'wrong' && parsed.what.includes('Unknown option');
    });
    expect([listed.length, unknown]).toEqual([23, []]);
  });
});
