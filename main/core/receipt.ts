/** What a receipt must say before a session counts as safe elsewhere. */
import type { Receipt, ReceiptRequest } from '../../contract/registry/sync.ts';
import type { Take } from '../../contract/session.ts';

export interface ReceiptExpectation {
  readonly registryId: string;
  readonly workstationId: string;
  readonly sessionId: string;
  readonly items: ReceiptRequest['items'];
  readonly takes: readonly Pick<Take, 'id' | 'sha256' | 'sizeBytes'>[];
}

export type ReceiptFault = 'registry' | 'workstation' | 'session' | 'items' | 'files';

/** Undefined where the receipt covers every item and every file by hash and length, and nothing else. */
export function receiptFault(receipt: Receipt, expected: ReceiptExpectation): ReceiptFault | undefined {
  if (receipt.registryId !== expected.registryId) return 'registry';
  if (receipt.workstationId !== expected.workstationId) return 'workstation';
  if (receipt.sessionId !== expected.sessionId) return 'session';
  const itemKey = (item: ReceiptRequest['items'][number]): string => `${item.kind} ${item.id} ${item.sha256}`;
  if (!isSameSet(receipt.items.map(itemKey), expected.items.map(itemKey))) return 'items';
  const files = receipt.files.map((file) => `${file.takeId} ${file.sha256} ${String(file.sizeBytes)}`);
  const takes = expected.takes.map((take) => `${take.id} ${take.sha256} ${String(take.sizeBytes)}`);
  return isSameSet(files, takes) ? undefined : 'files';
}

/** Whether the receipt names this very recording. */
export function coversTake(receipt: Receipt, take: Pick<Take, 'id' | 'sha256' | 'sizeBytes'>): boolean {
  return receipt.files.some(
    (file) => file.takeId === take.id && file.sha256 === take.sha256 && file.sizeBytes === take.sizeBytes,
  );
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const set = new Set(right);
  return left.length === right.length && new Set(left).size === set.size && left.every((key) => set.has(key));
}
