import { describe, expect, it } from 'vitest';
import type { InstalledModel } from '../../../ports/models.ts';
import type { ModelsInUse } from '../../../adapters/model-folders/models-in-use.ts';
import { chooseModels, warningsOf } from './choose-models.ts';

/** Only what choosing looks at. */
function model(name: string, version: string): InstalledModel {
  return { manifest: { name, version }, sha256: `${name}@${version}` } as InstalledModel;
}

const shelf = [model('vowel', '1.2.0'), model('vowel', '1.10.0'), model('vowel', '1.9.9')];

const allServe: ModelsInUse = { services: {}, preselected: [] };

describe('the model', () => {
  it('is the newest version of the only one, by number and not by letter', () => {
    expect(chooseModels(shelf, allServe, [])).toEqual({ ok: true, value: [shelf[1]] });
  });

  it('is the version that is asked for', () => {
    expect(chooseModels(shelf, allServe, [{ name: 'vowel', version: '1.2.0' }])).toEqual({
      ok: true,
      value: [shelf[0]],
    });
  });

  it('is run once, however often it is named', () => {
    const twice = [
      { name: 'vowel', version: undefined },
      { name: 'vowel', version: '1.10.0' },
    ];
    expect(chooseModels(shelf, allServe, twice)).toEqual({ ok: true, value: [shelf[1]] });
  });

  it('must be chosen where there are several', () => {
    expect(chooseModels([...shelf, model('cough', '1.0.0')], allServe, [])).toMatchObject({
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
    expect(chooseModels(installed, allServe, wanted)).toMatchObject({
      ok: false,
      problem: { code: 'model-not-found' },
    });
  });
});

describe('a model that the registry has superseded or withdrawn', () => {
  const taken = { 'vowel@1.10.0': 'withdrawn', 'vowel@1.2.0': 'superseded' } as const;
  const inUse: ModelsInUse = { services: taken, preselected: [] };

  it('is not run in place of the one that serves', () => {
    expect(chooseModels(shelf, inUse, [])).toEqual({ ok: true, value: [shelf[2]] });
    expect(chooseModels(shelf, inUse, [{ name: 'vowel', version: undefined }])).toEqual({
      ok: true,
      value: [shelf[2]],
    });
    expect(warningsOf([shelf[2]!], inUse)).toEqual([]);
  });

  it('is run where its version is named, with a warning', () => {
    const chosen = chooseModels(shelf, inUse, [{ name: 'vowel', version: '1.10.0' }]);
    expect(chosen).toEqual({ ok: true, value: [shelf[1]] });
    expect(warningsOf([shelf[1]!], inUse)).toMatchObject([
      { code: 'model-not-in-service', model: 'vowel@1.10.0', service: 'withdrawn' },
    ]);
  });

  it('leaves none where no version serves', () => {
    const none: ModelsInUse = { services: { ...taken, 'vowel@1.9.9': 'withdrawn' }, preselected: [] };
    expect(chooseModels(shelf, none, [])).toMatchObject({ ok: false, problem: { code: 'model-not-found' } });
    expect(chooseModels(shelf, none, [{ name: 'vowel', version: undefined }])).toMatchObject({
      ok: false,
      problem: {
        code: 'invalid-input',
        details: { message: expect.stringContaining('vowel@1.9.9 withdrawn') as string },
      },
    });
  });
});

it('runs what the app preselects, where several serve', () => {
  const both = [...shelf, model('cough', '1.0.0')];
  const preselected = [{ name: 'vowel', version: '1.9.9' }];
  expect(chooseModels(both, { services: {}, preselected }, [])).toEqual({ ok: true, value: [shelf[2]] });
});
