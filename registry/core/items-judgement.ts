/** What becomes of an item that a workstation sent, given what the registry already knows. */
import { assertNever } from '../../contract/result.ts';
import type { ItemAnswer } from '../../contract/registry/sync.ts';
import { itemRowId, type FaultyItem, type ReceivedItem } from './items.ts';

export interface KnownSession {
  readonly workstationId: string;
  readonly takeIds: readonly string[];
  readonly hospitalId: string;
  /** Its workstation may speak no more, and the caller serves its hospital: the same PC, enrolled again. */
  readonly isLeftBehind: boolean;
}

/** What stands in the registry before the item is taken, looked up by key. */
export interface Known {
  readonly workstationId: string;
  /** Of the caller: its own, and those it belonged to before. */
  readonly hospitals: readonly string[];
  item(rowId: string): { readonly sha256: string; readonly sessionId: string | null } | undefined;
  session(sessionId: string): KnownSession | undefined;
  tombstone(sessionId: string): { readonly hospitalId: string } | undefined;
}

export interface Judgement {
  readonly outcome: ItemAnswer['outcome'];
  /** A code; null where there is nothing to explain. */
  readonly reason: string | null;
  /** The caller goes on with a session that its revoked predecessor began. */
  readonly takesOver?: boolean;
}

const stored: Judgement = { outcome: 'stored', reason: null };
const already: Judgement = { outcome: 'already', reason: null };
const gone: Judgement = { outcome: 'gone', reason: 'withdrawn' };
const conflict: Judgement = { outcome: 'conflict', reason: 'other-content' };
const otherWorkstation: Judgement = { outcome: 'invalid', reason: 'other-workstation' };

export function judgeItem(item: ReceivedItem, known: Known): Judgement {
  switch (item.kind) {
    case 'audit':
      return judgeRepeat(item, known) ?? stored;
    case 'withdrawal':
      return judgeWithdrawal(item, known);
    case 'session':
      return judgeSession(item, known);
    case 'take':
    case 'result':
    case 'note':
      return judgePart(item, known);
    default:
      return assertNever(item);
  }
}

/** Of what is left of a withdrawn session nothing is kept, not even what is wrong with it. */
export function judgeFault({ kind, sessionId, reason }: FaultyItem, known: Known): Judgement {
  const isOfSession = sessionId !== null && kind !== 'withdrawal' && kind !== 'audit';
  return isOfSession && known.tombstone(sessionId) !== undefined ? gone : { outcome: 'invalid', reason };
}

function judgeRepeat({ kind, id, sha256 }: ReceivedItem, known: Known): Judgement | undefined {
  const before = known.item(itemRowId(kind, id, known.workstationId));
  if (before === undefined) return undefined;
  return before.sha256 === sha256 ? already : conflict;
}

function judgeWithdrawal(item: ReceivedItem & { readonly kind: 'withdrawal' }, known: Known): Judgement {
  const { sessionId } = item.content;
  const session = known.session(sessionId);
  const tombstone = known.tombstone(sessionId);
  if (session !== undefined && session.workstationId !== known.workstationId && !session.isLeftBehind) {
    return otherWorkstation;
  }
  if (tombstone !== undefined && !known.hospitals.includes(tombstone.hospitalId)) return otherWorkstation;
  const before = known.item(itemRowId('withdrawal', item.id, known.workstationId));
  if (before !== undefined && before.sessionId !== sessionId) return boundElsewhere;
  return judgeRepeat(item, known) ?? stored;
}

function judgeSession(item: ReceivedItem & { readonly kind: 'session' }, known: Known): Judgement {
  if (known.tombstone(item.id) !== undefined) return gone;
  const session = known.session(item.id);
  const repeat = judgeRepeat(item, known);
  if (session === undefined || session.workstationId === known.workstationId) return repeat ?? stored;
  return session.isLeftBehind && repeat === already ? { ...already, takesOver: true } : otherWorkstation;
}

const boundElsewhere: Judgement = { outcome: 'invalid', reason: 'bound-to-another-session' };

/** A voice must never come to another patient: once announced, a part stays with its session and its workstation. */
function judgePart(
  item: ReceivedItem & { readonly kind: 'take' | 'result' | 'note' },
  known: Known,
): Judgement {
  const { sessionId } = item.content;
  if (known.tombstone(sessionId) !== undefined) return gone;
  const before = known.item(itemRowId(item.kind, item.id, known.workstationId));
  if (before !== undefined && before.sessionId !== sessionId) return boundElsewhere;
  const session = known.session(sessionId);
  if (session === undefined) return { outcome: 'not-yet', reason: 'session' };
  if (session.workstationId !== known.workstationId) return otherWorkstation;
  if (item.kind === 'take' && !session.takeIds.includes(item.id)) {
    return { outcome: 'invalid', reason: 'take-not-of-session' };
  }
  return judgeRepeat(item, known) ?? stored;
}
