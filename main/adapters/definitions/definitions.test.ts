import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryDefinitions } from '../../ports/definitions.memory.ts';
import { openDefinitions } from './definitions.ts';

const shipped = fileURLToPath(new URL('../../../resources', import.meta.url));
let folder: string;
let folders: { readonly forms: string; readonly protocols: string };
let own: { readonly forms: string; readonly protocols: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spira-definitions-'));
  for (const name of ['forms', 'protocols'])
    cpSync(join(shipped, name), join(folder, name), { recursive: true });
  folders = { forms: join(folder, 'forms'), protocols: join(folder, 'protocols') };
  own = { forms: join(folder, 'own', 'forms'), protocols: join(folder, 'own', 'protocols') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const listed = async () => {
  const list = await openDefinitions({ shipped: folders, own }).list();
  if (!list.ok) throw new Error(list.problem.code);
  return list.value;
};

describe('the definitions on the disk', () => {
  it('are the shipped ones, all sound, every version of them, as their twin gives them', async () => {
    const definitions = await listed();
    const files = readdirSync(folders.forms).length;
    expect([definitions.forms.length, definitions.refused]).toEqual([files, []]);
    expect(definitions.forms.map(({ id, version }) => `${id} ${version}`).slice(0, 2)).toEqual([
      'spira-patient 1.1.0',
      'spira-patient 1.0.0',
    ]);
    const shuffled = { forms: definitions.forms.toReversed(), protocols: definitions.protocols };
    expect(await memoryDefinitions(shuffled).list()).toEqual({ ok: true, value: definitions });
  });

  it('name each bad file and what is wrong in it, and keep the good ones', async () => {
    const sound = JSON.parse(readFileSync(join(folders.forms, 'spira-patient-1.0.0.json'), 'utf8')) as object;
    writeFileSync(join(folders.forms, 'broken.json'), '{ "id": ');
    writeFileSync(join(folders.forms, 'wrong.json'), JSON.stringify({ ...sound, version: 'newest' }));
    writeFileSync(join(folders.forms, 'zz-again.json'), JSON.stringify(sound));
    writeFileSync(join(folders.protocols, 'empty.json'), '');
    writeFileSync(join(folders.forms, 'notes.txt'), 'not a form');
    mkdirSync(join(folders.forms, 'folder.json'));
    const before = readdirSync(join(shipped, 'forms')).length;
    const { forms, refused } = await listed();
    expect(forms.length).toBe(before);
    expect(refused.map(({ file, problem }) => [file, problem.code, problem.details?.['at'] ?? ''])).toEqual([
      ['broken.json', 'definition-invalid', ''],
      ['folder.json', 'definition-invalid', ''],
      ['wrong.json', 'definition-invalid', 'version'],
      ['zz-again.json', 'definition-invalid', ''],
      ['empty.json', 'definition-invalid', ''],
    ]);
    expect(refused.find(({ file }) => file === 'zz-again.json')?.problem.details).toEqual({
      file: 'zz-again.json',
      reason: 'version-twice',
    });
  });

  it('defect 13: take a new form from the folder of this PC without a release', async () => {
    const form = JSON.parse(readFileSync(join(folders.forms, 'spira-patient-1.1.0.json'), 'utf8')) as object;
    mkdirSync(own.forms, { recursive: true });
    writeFileSync(join(own.forms, 'next.json'), JSON.stringify({ ...form, version: '1.2.0' }));
    expect((await listed()).forms.map(({ version }) => version)).toEqual(['1.2.0', '1.1.0', '1.0.0']);
  });

  it('stay readable once a session was made with them, whatever a later program ships', async () => {
    const definitions = openDefinitions({ shipped: folders, own });
    const before = await listed();
    const form = before.forms.find(({ version }) => version === '1.0.0');
    const protocol = before.protocols[0];
    if (form === undefined || protocol === undefined) throw new Error('the shipped definitions are gone');
    expect(await definitions.keep({ form, protocol })).toEqual({ ok: true, value: null });
    expect(await definitions.keep({ form, protocol })).toEqual({ ok: true, value: null });
    expect(await listed()).toEqual(before);

    const shipped = join(folders.forms, 'spira-patient-1.0.0.json');
    writeFileSync(shipped, JSON.stringify({ ...form, title: { 'pt-BR': 'x', en: 'x', es: 'x' } }));
    const changed = await listed();
    expect(changed.forms.find(({ version }) => version === '1.0.0')).toEqual(form);
    expect(changed.refused.map(({ file }) => file)).toEqual(['spira-patient-1.0.0.json']);
    const other = { ...form, title: { 'pt-BR': 'y', en: 'y', es: 'y' } };
    expect(await definitions.keep({ form: other, protocol })).toMatchObject({
      ok: false,
      problem: { code: 'conflict' },
    });

    rmSync(shipped);
    expect((await listed()).forms.map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
  });

  it('fail where a folder cannot be read', async () => {
    rmSync(folders.protocols, { recursive: true });
    expect(await openDefinitions({ shipped: folders, own }).list()).toMatchObject({
      ok: false,
      problem: { code: 'definition-invalid', details: { reason: 'folder-unreadable' } },
    });
  });
});
