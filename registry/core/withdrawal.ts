import type { WithdrawalContent } from '../../contract/registry/sync.ts';
import { partsPrefix } from './uploads.ts';

export type WithdrawalKind = WithdrawalContent['kind'];

/** A deletion after a withdrawal is the stronger word and stays; nothing undoes either. */
export function upgrades(before: WithdrawalKind, asked: WithdrawalKind): boolean {
  return before === 'withdrawal' && asked === 'deletion';
}

/** Where the recordings of a session lie in the blob store. */
export function recordingsPrefix(sessionId: string): string {
  return `takes/${sessionId}/`;
}

/** Where the parts of an upload lie until it is whole. */
export function uploadPrefix(uploadId: string): string {
  return `${partsPrefix}${uploadId}/`;
}
