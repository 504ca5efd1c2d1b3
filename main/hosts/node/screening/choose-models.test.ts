import { describe, expect, it } from 'vitest';
import type { InstalledModel } from '../../../ports/models.ts';
import { chooseModels } from './choose-models.ts';

/** Only what choosing looks at. */
function model(name: string, version: string): InstalledModel {
  return { manifest: { name, version }, sha256: `${name}@${version}` } as InstalledModel;
}

const shelf = [model('vowel', '1.2.0'), model('vowel', '1.10.0'), model('vowel', '1.9.9')];

describe('the model', () => {
  it('is the newest version of the only one, by number and not by letter', () => {
    expect(chooseModels(shelf, [])).toEqual({ ok: true, value: [shelf[1]] });
  });

  it('is the version that is asked for', () => {
    expect(chooseModels(shelf, [{ name: 'vowel', version: '1.2.0' }])).toEqual({
      ok: true,
      value: [shelf[0]],
    });
  });

  it('is run once, however often it is named', () => {
    const twice = [
      { name: 'vowel', version: undefined },
      { name: 'vowel', version: '1.10.0' },
    ];
    expect(chooseModels(shelf, twice)).toEqual({ ok: true, value: [shelf[1]] });
  });

  it('must be chosen where there are several', () => {
    expect(chooseModels([...shelf, model('cough', '1.0.0')], [])).toMatchObject({
      ok: false,
      problem: {
        code: 'invalid-input',
        details: { message: expect.stringContaining('cough@1.0.0') as string },
      },
    });
  });

  it.each([
    [[], []],
    [shelf, [{ name: 'cough', version: undefined }]],
    [shelf, [{ name: 'vowel', version: '2.0.0' }]],
  ])('may not be there', (installed, wanted) => {
    expect(chooseModels(installed, wanted)).toMatchObject({
      ok: false,
      problem: { code: 'model-not-found' },
    });
  });
});
