/** Which offered models a workstation wants, when one may take over, and what follows from it for the others. */
import type { ModelReference } from '../../contract/model-manifest.ts';
import { usualAlias } from '../../contract/model-rollout.ts';
import type { OfferedModel } from '../../contract/registry/sync.ts';
import type { SessionMode, SessionStatus } from '../../contract/session.ts';

export function followedAlias(followed: ReadonlyMap<string, string>, name: string): string {
  return followed.get(name) ?? usualAlias;
}

/** Offers for the aliases that this PC follows and that nothing has been decided about. */
export function wantedOffers<
  Offered extends { readonly offer: OfferedModel; readonly state: 'open' | 'taken' | 'failed' },
>(offers: readonly Offered[], followed: ReadonlyMap<string, string>): readonly Offered[] {
  return offers.filter(
    ({ offer, state }) => state === 'open' && offer.alias === followedAlias(followed, offer.name),
  );
}

/** A change that came before, word for word: after a crash, or because the feed was asked from its start. */
export function isSameOffer(
  known: { readonly offer: OfferedModel; readonly sequence: number } | undefined,
  next: { readonly offer: OfferedModel; readonly sequence: number },
): boolean {
  return (
    known?.sequence === next.sequence &&
    known.offer.sha256 === next.offer.sha256 &&
    known.offer.packageSha256 === next.offer.packageSha256 &&
    known.offer.signature === next.offer.signature
  );
}

/** A draft that nobody has touched for so long was left: it keeps the models that it named and holds up nothing. */
const leftAfterMs = 30 * 60_000;

/**
 * Whether somebody is in the middle of a session whose models may not change: a screening runs, or a draft of inference
 * mode was worked on a moment ago. A clock that was set meanwhile makes a draft as good as new, never a new one old.
 */
export function isSessionUnderWay(
  sessions: readonly {
    readonly status: SessionStatus;
    readonly mode: SessionMode;
    readonly updatedAt: { readonly at: string };
  }[],
  nowMs: number,
): boolean {
  return sessions.some(
    ({ status, mode, updatedAt }) =>
      status === 'processing' ||
      (status === 'draft' && mode === 'inference' && nowMs - Date.parse(updatedAt.at) < leftAfterMs),
  );
}

/** The preselected models once a version has taken over: in the place of the other versions of its name, once. */
export function defaultsAfter(
  defaults: readonly ModelReference[],
  { name, version }: ModelReference,
): ModelReference[] {
  const replaced = defaults.map((known) => (known.name === name ? { name, version } : known));
  return replaced.filter(
    (known, index) => known.name !== name || replaced.findIndex((other) => other.name === name) === index,
  );
}
