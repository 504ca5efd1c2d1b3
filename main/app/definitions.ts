import { fail, ok, type Result } from '../../contract/result.ts';
import type { FormDefinition } from '../../contract/form.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Caller, Output } from './caller.ts';
import type { World } from './world.ts';

interface Reference {
  readonly id: string;
  readonly version: string;
}

type DefinitionsWorld = Pick<World, 'definitions'>;

export async function listDefinitions({ world }: Caller): Promise<Output<'definitions.list'>> {
  const listed = await world.definitions.list();
  if (!listed.ok) return listed;
  return ok({ forms: [...listed.value.forms], protocols: [...listed.value.protocols] });
}

export async function formOf(world: DefinitionsWorld, reference: Reference): Promise<Result<FormDefinition>> {
  const listed = await world.definitions.list();
  if (!listed.ok) return listed;
  const form = listed.value.forms.find((candidate) => isSame(candidate, reference));
  return form === undefined ? fail('not-found', { what: 'form', ...named(reference) }) : ok(form);
}

export async function protocolOf(
  world: DefinitionsWorld,
  reference: Reference,
): Promise<Result<ProtocolDefinition>> {
  const listed = await world.definitions.list();
  if (!listed.ok) return listed;
  const protocol = listed.value.protocols.find((candidate) => isSame(candidate, reference));
  return protocol === undefined ? fail('not-found', { what: 'protocol', ...named(reference) }) : ok(protocol);
}

function isSame(left: Reference, right: Reference): boolean {
  return left.id === right.id && left.version === right.version;
}

function named({ id, version }: Reference): Reference {
  return { id, version };
}
