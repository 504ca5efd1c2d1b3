import { fail, ok, type Result } from '../../contract/result.ts';
import type { FormDefinition } from '../../contract/form.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import { bytesForSession } from '../core/disk-need.ts';
import { isSameModel } from '../core/same-model.ts';
import type { InstalledModel } from '../ports/models.ts';
import type { SessionRecord } from '../ports/store.ts';
import type { Caller, Input, Output } from './caller.ts';
import { checkDisk } from './check-disk.ts';
import { checkModelForForm } from './check-model.ts';
import { formOf, protocolOf } from './definitions.ts';
import { checkInService } from './model-standing.ts';
import { newId } from './new-id.ts';
import { recordDeed } from './record-deed.ts';
import { readSession } from './session-detail.ts';
import type { World } from './world.ts';

/** A draft, once there is room for all its recordings. A patient may have any number of sessions. */
export async function createSession(
  { world, desk, account }: Caller,
  input: Input<'sessions.create'>,
): Promise<Output<'sessions.create'>> {
  const form = await formOf(world, input.form);
  if (!form.ok) return form;
  const protocol = await protocolOf(world, input.protocol);
  if (!protocol.ok) return protocol;
  const isScreened = input.mode === 'inference';
  if (isScreened !== input.models.length > 0) {
    return fail('invalid-input', { path: 'models', reason: isScreened ? 'none' : 'collection-mode' });
  }
  const models = await checkModels(world, input.models, form.value);
  if (!models.ok) return models;
  const room = await checkDisk(world, bytesForSession(protocol.value));
  if (!room.ok) return room;
  const kept = await world.definitions.keep({ form: form.value, protocol: protocol.value });
  if (!kept.ok) return kept;
  const at = world.clock.now();
  const session: SessionRecord = {
    id: newId.session(world),
    mode: input.mode,
    kind: input.kind,
    status: 'draft',
    hospital: null,
    recordNumber: null,
    createdAt: at,
    updatedAt: at,
    createdBy: account.id,
    form: input.form,
    protocol: input.protocol,
    models: distinct(input.models),
    answers: {},
    confirmedWarnings: [],
    currentStep: 'form',
    consent: null,
    skips: [],
    sync: 'local-only',
  };
  world.store.write((transaction) => {
    transaction.sessions.insert(session);
    recordDeed(transaction, {
      at,
      by: account.username,
      action: 'session-created',
      sessionId: session.id,
      details: {
        mode: session.mode,
        kind: session.kind,
        form: `${session.form.id} ${session.form.version}`,
        protocol: `${session.protocol.id} ${session.protocol.version}`,
      },
      changed: [{ kind: 'session', subjectId: session.id }],
    });
  });
  // Whoever makes a session has it open.
  desk.viewedSession = session.id;
  desk.editedFields.clear();
  world.events.publish({ name: 'session.changed', payload: { sessionId: session.id } });
  return readSession(world, session.id);
}

async function checkModels(
  world: World,
  references: readonly ModelReference[],
  form: FormDefinition,
): Promise<Result<readonly InstalledModel[]>> {
  const { models } = await world.models.list();
  const found: InstalledModel[] = [];
  for (const { name, version } of references) {
    const model = models.find(({ manifest }) => isSameModel(manifest, { name, version }));
    if (model === undefined) return fail('model-not-found', { name, version });
    const allowed = checkModelForForm(model.manifest, form);
    if (!allowed.ok) return allowed;
    const serves = world.store.read((transaction) => checkInService(transaction, model));
    if (!serves.ok) return serves;
    found.push(model);
  }
  return ok(found);
}

function distinct(references: readonly ModelReference[]): readonly ModelReference[] {
  return references.filter(
    (reference, index) => references.findIndex((other) => isSameModel(other, reference)) === index,
  );
}
