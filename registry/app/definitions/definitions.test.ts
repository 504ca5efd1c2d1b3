import { expect, it } from 'vitest';
import { formDefinitionSchema } from '../../../contract/form.ts';
import {
  ownHospital,
  personCaller,
  testRegistry,
  valueOf,
  workstationCaller,
} from '../sync/fixtures/registry.ts';
import { readFeed } from '../sync/read-feed.ts';
import { listDefinitions, publishDefinition } from './definitions.ts';

const words = (text: string) => ({ 'pt-BR': text, en: text, es: text });

function form(version: string, title = 'Patient') {
  const field = { group: 'main', label: words('x') };
  return formDefinitionSchema.parse({
    id: 'patient',
    version,
    title: words(title),
    groups: [{ key: 'main', title: words('Main') }],
    fields: [
      { ...field, key: 'hospital', kind: 'open-choice', role: 'hospital', suggestions: [] },
      { ...field, key: 'rgh', kind: 'text', role: 'record-number' },
    ],
  });
}

it('gives every version to every workstation, and the same again changes nothing', async () => {
  const registry = await testRegistry();
  const call = registry.callBy(personCaller('it', 'all'));
  for (const version of ['1.0.0', '1.1.0', '1.0.0']) {
    valueOf(await publishDefinition(call, { kind: 'form', content: form(version) }));
    registry.clock.advance(1000);
  }
  for (const by of [1, 3] as const) {
    const { changes } = valueOf(await readFeed(registry.callBy(workstationCaller(by)), 0));
    expect(changes).toMatchObject([
      { kind: 'form', sequence: 1, content: form('1.0.0') },
      { kind: 'form', sequence: 2, content: form('1.1.0') },
    ]);
  }
  const { definitions } = valueOf(await listDefinitions(call));
  expect(definitions.map(({ kind, id, version, by }) => ({ kind, id, version, by }))).toEqual([
    { kind: 'form', id: 'patient', version: '1.1.0', by: 'ana' },
    { kind: 'form', id: 'patient', version: '1.0.0', by: 'ana' },
  ]);
  expect((await registry.rows('audit')).map(({ action }) => action)).toEqual([
    'form-published',
    'form-published',
  ]);
});

it('refuses other content under a published version', async () => {
  const registry = await testRegistry();
  const call = registry.callBy(personCaller('it', 'all'));
  valueOf(await publishDefinition(call, { kind: 'form', content: form('1.0.0') }));
  expect(await publishDefinition(call, { kind: 'form', content: form('1.0.0', 'Other') })).toMatchObject({
    ok: false,
    problem: { code: 'conflict' },
  });
  expect(await registry.rows('changes')).toMatchObject([{ content: form('1.0.0') }]);
});

it('is for IT that is responsible for every hospital', async () => {
  const registry = await testRegistry();
  for (const caller of [
    personCaller('it', [ownHospital]),
    personCaller('researcher', 'all'),
    workstationCaller(1),
  ]) {
    const refused = await publishDefinition(registry.callBy(caller), {
      kind: 'form',
      content: form('1.0.0'),
    });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
  }
  expect(await registry.rows('definitions')).toEqual([]);
});
