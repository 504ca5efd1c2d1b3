import type { Person } from '../../../contract/training/release.ts';
import { isSamePerson, nameOf } from '../../core/gate/persons.ts';
import { done, refuse, type Outcome } from '../../core/outcome.ts';
import { approvalsOf, readRelease, type Release, type ReleasePorts } from './release.ts';

/**
 * Somebody answers for the very model that a run packaged. Refused, and noted, where they had steps of the run done
 * themselves. A model that changes afterwards needs a new approval; the same approval again adds nothing.
 */
export async function approveRun(
  { id, by, why }: { readonly id: string; readonly by: Person; readonly why: string },
  ports: ReleasePorts,
): Promise<Outcome<Release>> {
  const release = await readRelease(id, ports);
  if (!release.ok) return release;
  const { model, record } = release.value;
  const { trainedBy = [] } = record;
  const isOwn = trainedBy.length === 0 || trainedBy.some((name) => isSamePerson(by, name));
  const decisions = await ports.decisions.list();
  if (!decisions.ok) return decisions;
  const isGiven = approvalsOf(decisions.value, model).some(
    (one) => one.by.kind === by.kind && isSamePerson(one.by, nameOf(by)),
  );
  if (isGiven && !isOwn) return release;
  const noted = await ports.decisions.append({
    at: ports.surroundings.now().toISOString(),
    run: id,
    model,
    by,
    decision: { kind: 'approval', outcome: isOwn ? 'refused' : 'given', why },
  });
  if (!noted.ok) return noted;
  if (!isOwn) return done(release.value);
  return refuseOwn(nameOf(by), id, trainedBy);
}

function refuseOwn(name: string, id: string, trainedBy: readonly string[]): Outcome<never> {
  const what =
    trainedBy.length === 0
      ? `the run ${id} does not say who trained, so ${name} cannot be known to be someone else`
      : `${name} had steps of the run ${id} done and cannot approve its model`;
  const refused = refuse(what, 'Someone else reads the report and approves.', [
    `trained by: ${trainedBy.join(', ') || 'not told'}`,
  ]);
  return refused.ok ? refused : { ok: false, refusal: { ...refused.refusal, kind: 'gate' } };
}
