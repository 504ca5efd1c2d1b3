/** Which models there are, which one an alias means, and what it meant before. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { RouteAnswer, RouteInput } from '../../../contract/registry/routes.ts';
import type { OfferedModel } from '../../../contract/registry/sync.ts';
import { v1Details } from '../../../contract/registry/v1.ts';
import { may } from '../../core/may.ts';
import { aliasChangeTime } from '../../core/models.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row, StoreTransaction } from '../../ports/store.ts';
import { appendChange } from '../append-change.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';
import { aliasesOf, aliasId, findModelVersion, shownModel } from './model-rows.ts';

export async function listModels({ world }: Call): Promise<Outcome<RouteAnswer<'models.list'>>> {
  return world.store.read(async (reader) => {
    const rows = await reader.find('models', {
      order: [
        ['name', 'ascending'],
        ['uploadedAt', 'descending'],
      ],
    });
    const models = [];
    for (const row of rows) models.push(shownModel(row, await aliasesOf(reader, row.id)));
    return done({ models });
  });
}

/** Points an alias at a version or nowhere, and tells every workstation. The same again changes nothing. */
export async function setAlias(
  call: Call,
  { params: { name, alias }, body: { version, why } }: Pick<RouteInput<'aliases.set'>, 'params' | 'body'>,
): Promise<Outcome<RouteAnswer<'aliases.set'>>> {
  const { world, caller } = call;
  if (caller.kind !== 'account' || !may(caller, 'aliases.write')) {
    await recordRefusal(call, { action: 'aliases.write', code: 'forbidden' });
    return refuse('forbidden', v1Details.forbidden);
  }
  return world.store.write(async (transaction) => {
    const model = version === null ? undefined : await findModelVersion(transaction, name, version);
    if (version !== null && model === undefined) return refuse('not-found', v1Details.modelNotFound);
    const [last] = await transaction.find('aliasHistory', {
      where: { name, alias },
      order: [['sequence', 'descending']],
      limit: 1,
    });
    if (last === undefined && version === null) return refuse('not-found', 'This alias points nowhere');
    if (last !== undefined && last.version === version) return done(shownChange(last));
    const at = aliasChangeTime(nowOf(world), last?.at);
    const sequence = await transaction.next('aliases');
    const modelId = model?.id ?? null;
    const row: Row<'aliasHistory'> = {
      id: String(sequence).padStart(12, '0'),
      sequence,
      name,
      alias,
      modelId,
      version,
      at,
      by: caller.username,
      why,
    };
    await transaction.insert('aliasHistory', row);
    await transaction.put('aliases', { id: aliasId(name, alias), name, alias, modelId, at });
    await tellWorkstations(call, transaction, { name, alias, model });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'alias-set',
      subjectId: aliasId(name, alias),
      details: { sequence, version: version ?? 'none' },
    });
    return done(shownChange(row));
  });
}

/** Newest first; with `at`, only the one in force at that instant. */
export async function aliasHistory(
  { world }: Call,
  { params: { name, alias }, query: { at } }: Pick<RouteInput<'aliases.history'>, 'params' | 'query'>,
): Promise<Outcome<RouteAnswer<'aliases.history'>>> {
  const rows = await world.store.read((reader) =>
    reader.find('aliasHistory', {
      where: { name, alias, ...(at === undefined ? {} : { at: { atMost: at } }) },
      order: [['sequence', 'descending']],
      ...(at === undefined ? {} : { limit: 1 }),
    }),
  );
  return done({ history: rows.map(shownChange) });
}

async function tellWorkstations(
  { world }: Call,
  transaction: StoreTransaction,
  {
    name,
    alias,
    model,
  }: { readonly name: string; readonly alias: string; readonly model: Row<'models'> | undefined },
): Promise<void> {
  const subject = { hospitalId: null, subjectId: aliasId(name, alias) };
  if (model === undefined) {
    await appendChange(world, transaction, { ...subject, kind: 'model-withdrawn', content: { alias, name } });
    return;
  }
  const { version, sha256, packageSha256, packageBytes, keyId, signature } = model;
  const offer: OfferedModel = {
    alias,
    name,
    version,
    sha256,
    packageSha256,
    packageBytes,
    keyId,
    signature,
  };
  await appendChange(world, transaction, { ...subject, kind: 'model-offer', content: offer as Json });
}

function shownChange(row: Row<'aliasHistory'>): RouteAnswer<'aliases.set'> {
  const { sequence, name, alias, version, at, by, why } = row;
  return { sequence, name, alias, version, at, by, why };
}
