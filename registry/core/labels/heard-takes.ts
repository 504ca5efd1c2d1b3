import type { Take } from '../../../contract/session.ts';
import type { StoredSession } from '../sessions.ts';

/**
 * What a reader listens to: the chosen takes whose audio is here, without the spoken consent, in which people say their
 * names; none where that cannot be told from the others.
 */
export function heardTakes(
  { content: { consent }, takes }: Pick<StoredSession, 'content' | 'takes'>,
  held: ReadonlySet<string>,
): readonly Take[] {
  const consentStep = takes.find(({ id }) => id === consent?.takeId)?.stepKey;
  if (consentStep === undefined) return [];
  return takes.filter(({ id, stepKey, isChosen }) => isChosen && stepKey !== consentStep && held.has(id));
}
