/** Whether a session is here whole, and what a receipt says about it. */
import type { RegistryId } from '../../contract/registry/ids.ts';
import type { Receipt, ReceiptAnswer, ReceiptRequest, SessionContent } from '../../contract/registry/sync.ts';
import type { SessionId, TakeId } from '../../contract/ids.ts';
import type { WorkstationId } from '../../contract/registry/ids.ts';

export type Lacking = Extract<ReceiptAnswer, { readonly status: 'incomplete' }>['lacking'];

/** What the registry has of a session: hashes of items by `<kind>:<id>`, and the takes. */
export interface Held {
  /** Undefined while the session item itself has not come. */
  readonly session: Pick<SessionContent, 'takeIds'> | undefined;
  readonly items: ReadonlyMap<string, string>;
  readonly takes: ReadonlyMap<
    string,
    { readonly isStored: boolean; readonly wavSha256: string; readonly wavBytes: number }
  >;
}

export function itemKey(item: { readonly kind: string; readonly id: string }): string {
  return `${item.kind}:${item.id}`;
}

/**
 * What lacks for a receipt: items that are not here or differ, items that the sender did not list although the session
 * has them (the session itself, its takes), and audio that has not been stored. Empty: a receipt may be given.
 */
export function lackingFor(sessionId: string, request: ReceiptRequest, held: Held): Lacking {
  const lacking: Lacking = [];
  const listed = new Set(request.items.map(itemKey));
  const takeIds = held.session?.takeIds ?? [];
  for (const { kind, id, sha256 } of request.items) {
    const here = held.items.get(itemKey({ kind, id }));
    if (here !== sha256) lacking.push({ kind, id, why: here === undefined ? 'missing' : 'differs' });
  }
  const expected = [
    { kind: 'session' as const, id: sessionId },
    ...takeIds.map((id) => ({ kind: 'take' as const, id })),
  ];
  for (const item of expected) {
    if (!listed.has(itemKey(item))) lacking.push({ ...item, why: 'missing' });
  }
  for (const id of audioOf(request, held)) {
    if (held.takes.get(id)?.isStored !== true) lacking.push({ kind: 'audio', id, why: 'missing' });
  }
  return lacking;
}

/** Takes whose audio the receipt answers for: the session's, in its order, and any other that was listed. */
export function audioOf(request: ReceiptRequest, held: Pick<Held, 'session'>): readonly string[] {
  const listed = request.items.filter(({ kind }) => kind === 'take').map(({ id }) => id);
  return [...new Set([...(held.session?.takeIds ?? []), ...listed])];
}

interface ReceiptFacts {
  readonly registryId: RegistryId;
  readonly workstationId: WorkstationId;
  readonly sessionId: SessionId;
  readonly sequence: number;
  readonly at: string;
  readonly request: ReceiptRequest;
  readonly held: Held;
}

/** Only for a request of which nothing lacks. Files stand in the order of the session's takes. */
export function buildReceipt({ request, held, ...facts }: ReceiptFacts): Receipt {
  return {
    format: 'spira-receipt-1',
    ...facts,
    items: request.items,
    files: audioOf(request, held).map((id) => {
      const take = held.takes.get(id);
      if (take === undefined) throw new RangeError('a receipt for audio that is not here');
      return { takeId: id as TakeId, sha256: take.wavSha256, sizeBytes: take.wavBytes };
    }),
  };
}
