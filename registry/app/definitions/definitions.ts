import { canonicalJson, type Json } from '../../../contract/canonical-json.ts';
import type { FormDefinition } from '../../../contract/form.ts';
import type { ProtocolDefinition } from '../../../contract/protocol.ts';
import type { RouteAnswer } from '../../../contract/registry/routes.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { appendChange } from '../append-change.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';

type Definition =
  | { readonly kind: 'form'; readonly content: FormDefinition }
  | { readonly kind: 'protocol'; readonly content: ProtocolDefinition };

/** Gives a form or protocol to every workstation. A version never changes: the same again is fine, other content is not. */
export async function publishDefinition(
  call: Call,
  { kind, content }: Definition,
): Promise<Outcome<Record<string, never>>> {
  const { world, caller } = call;
  if (caller.kind !== 'account' || !may(caller, 'definitions.write')) {
    await recordRefusal(call, { action: 'definitions.write', code: 'forbidden' });
    return refuse('forbidden', 'Forbidden operation');
  }
  // As it crossed the network: parsed by its schema, without undefined members.
  const json = content as unknown as Json;
  const sha256 = world.hashing.sha256(canonicalJson(json));
  const subjectId = `${content.id}@${content.version}`;
  const id = `${kind}:${subjectId}`;
  return world.store.write(async (transaction) => {
    const before = await transaction.get('definitions', id);
    if (before?.sha256 === sha256) return done({});
    if (before !== undefined) {
      const facts = { kind, id: content.id, version: content.version };
      return refuse('conflict', 'this version was published with other content', { facts });
    }
    await transaction.insert('definitions', {
      id,
      kind,
      definitionId: content.id,
      version: content.version,
      sha256,
      content: json,
      at: nowOf(world),
      by: caller.username,
    });
    await appendChange(world, transaction, { hospitalId: null, kind, subjectId, content: json });
    await recordDeed(world, transaction, {
      by: caller,
      action: `${kind}-published`,
      subjectId: id,
      details: { sha256 },
    });
    return done({});
  });
}

export async function listDefinitions({ world }: Call): Promise<Outcome<RouteAnswer<'definitions.list'>>> {
  const rows = await world.store.read((reader) =>
    reader.find('definitions', {
      order: [
        ['kind', 'ascending'],
        ['definitionId', 'ascending'],
        ['at', 'descending'],
      ],
    }),
  );
  return done({
    definitions: rows.map(({ kind, definitionId, version, at, by }) => ({
      kind,
      id: definitionId,
      version,
      at,
      by,
    })),
  });
}
