/** What the published API calls models: names with the channel on which they are answered. */
import { modelIdSchema } from '../../../contract/registry/ids.ts';
import { v1Details, v1NewModelSchema, v1OwnChannelPrefix } from '../../../contract/registry/v1.ts';
import { may } from '../../core/may.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import type { Row } from '../../ports/store.ts';
import { recordDeed } from '../record-deed.ts';
import { recordRefusal } from '../record-refusal.ts';
import { nowOf, type Call } from '../world.ts';

export interface V1Model {
  readonly id: string;
  readonly name: string;
  readonly publishing_channel: string;
}

export async function listChannels({
  world,
}: Call): Promise<Outcome<{ readonly models: readonly V1Model[] }>> {
  const rows = await world.store.read((reader) =>
    reader.find('channels', {
      order: [
        ['name', 'ascending'],
        ['createdAt', 'ascending'],
      ],
    }),
  );
  return done({ models: rows.map(shownChannel) });
}

export async function readChannel({ world }: Call, id: string): Promise<Outcome<V1Model>> {
  if (!modelIdSchema.safeParse(id).success) return refuse('invalid-id', v1Details.invalidId('model'));
  const row = await world.store.read((reader) => reader.get('channels', id));
  return row === undefined ? refuse('not-found', v1Details.modelNotFound) : done(shownChannel(row));
}

/** A model that a service of someone else answers. The registry's own get their channels when they are uploaded. */
export async function createChannel(
  call: Call,
  input: unknown,
): Promise<Outcome<{ readonly message: string }>> {
  const { world, caller } = call;
  if (!may(caller, 'models.write')) {
    await recordRefusal(call, { action: 'models.write', code: 'forbidden' });
    return refuse('forbidden', v1Details.forbidden);
  }
  const parsed = v1NewModelSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(
      'invalid-input',
      `${String(issue?.path[0] ?? 'body')}: ${issue?.message ?? 'is not as it should be'}`,
    );
  }
  const { name, publishing_channel: publishingChannel } = parsed.data;
  const topic = publishingChannel.toLowerCase();
  if (topic.startsWith(v1OwnChannelPrefix))
    return refuse(
      'invalid-input',
      `publishing_channel: ${v1OwnChannelPrefix} is for the registry's own models`,
    );
  return world.store.write(async (transaction) => {
    const rows = await transaction.find('channels', {});
    if (rows.some((row) => row.name === name))
      return refuse('conflict', 'name: there is a model of this name');
    if (rows.some((row) => row.publishingChannel.toLowerCase() === topic))
      return refuse('conflict', 'publishing_channel: another model is answered there');
    const id = world.randomness.id(world.clock.now());
    await transaction.insert('channels', {
      id,
      name,
      publishingChannel,
      modelName: null,
      alias: null,
      createdAt: nowOf(world),
    });
    await recordDeed(world, transaction, {
      by: caller,
      action: 'channel-made',
      subjectId: id,
      details: { publishingChannel },
    });
    return done({ message: v1Details.modelMade });
  });
}

function shownChannel({ id, name, publishingChannel }: Row<'channels'>): V1Model {
  return { id, name, publishing_channel: publishingChannel };
}
