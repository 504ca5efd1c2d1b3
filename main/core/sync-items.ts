/** What goes into the items of a session, and how they are cut into calls. */
import { canonicalJson, type Json } from '../../contract/canonical-json.ts';
import type { AuditEntry } from '../../contract/audit-chain.ts';
import type { Moment } from '../../contract/localized.ts';
import {
  maximumItemsPerCall,
  type Item,
  type ItemKind,
  type SessionContent,
} from '../../contract/registry/sync.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Consent, SampleKind, SessionMode, Take } from '../../contract/session.ts';
import type { AccountId, SessionId } from '../../contract/ids.ts';
import type { Answers } from '../../contract/form.ts';

/** What a complete session is made of, before it has the form in which it is sent. */
export interface CompleteSession {
  readonly id: SessionId;
  readonly mode: SessionMode;
  readonly kind: SampleKind;
  readonly hospital: string | null;
  readonly recordNumber: string | null;
  readonly createdAt: Moment;
  readonly createdBy: AccountId;
  readonly form: { readonly id: string; readonly version: string };
  readonly protocol: { readonly id: string; readonly version: string };
  readonly models: readonly ModelReference[];
  readonly answers: Answers;
  readonly confirmedWarnings: readonly string[];
  readonly consent: Consent | null;
  readonly skips: readonly { readonly stepKey: string; readonly reason: string }[];
}

/** A session as it was closed: made once, kept, and sent again and again in the same words. */
export function sessionContentOf(
  session: CompleteSession,
  facts: {
    readonly completedAt: Moment;
    /** Undefined where the account is not there any more: its id stands for the name. */
    readonly username: string | undefined;
    readonly takes: readonly Pick<Take, 'id'>[];
  },
): SessionContent {
  return {
    id: session.id,
    mode: session.mode,
    kind: session.kind,
    hospital: session.hospital,
    recordNumber: session.recordNumber,
    createdAt: session.createdAt,
    completedAt: facts.completedAt,
    createdBy: { accountId: session.createdBy, username: facts.username ?? `account-${session.createdBy}` },
    form: session.form,
    protocol: session.protocol,
    models: [...session.models],
    answers: session.answers,
    confirmedWarnings: [...session.confirmedWarnings],
    consent: session.consent,
    skips: [...session.skips],
    takeIds: facts.takes.map(({ id }) => id),
  };
}

export type Sha256 = (text: string) => string;

export function itemOf(
  facts: {
    readonly kind: ItemKind;
    readonly id: string;
    readonly sessionId: SessionId | null;
    readonly counter: number;
    readonly content: Json;
  },
  sha256: Sha256,
): Item {
  return { ...facts, sha256: sha256(canonicalJson(facts.content)) };
}

/** The whole entry of the chain, so that the registry can follow it link by link. */
export function auditItemOf(entry: AuditEntry, sha256: Sha256): Item {
  const { sequence, at, by, action, sessionId, details, previousHash, hash } = entry;
  const content: Json = { sequence, at: { ...at }, by, action, sessionId, details, previousHash, hash };
  return itemOf(
    // Ids of sessions come from this PC's own table and are well-formed.
    {
      kind: 'audit',
      id: String(sequence),
      sessionId: sessionId as SessionId | null,
      counter: sequence,
      content,
    },
    sha256,
  );
}

/** Well under what one call may hold: the hull of the items and the words around them count too. */
const bytesPerCall = 1024 * 1024;

/** Items in their order, in as few calls as may be. One that is larger than a call goes alone. */
export function callsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const calls: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    // Each UTF-16 unit takes three bytes of UTF-8 at most.
    const size = JSON.stringify(item).length * 3;
    const last = calls.at(-1);
    if (last === undefined || last.length >= maximumItemsPerCall || bytes + size > bytesPerCall) {
      calls.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return calls;
}
