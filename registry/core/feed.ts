import type { Json } from '../../contract/canonical-json.ts';

interface ChangeRow {
  readonly sequence: number;
  readonly kind: string;
  readonly at: string;
  readonly content: Json;
}

export interface FeedSlice {
  readonly changes: ChangeRow[];
  /** Where the next call goes on. */
  readonly next: number;
  readonly hasMore: boolean;
}

/** The first `limit` of the rows, in the registry's order; each source gave its own first `limit` + 1. */
export function feedSlice(
  rows: readonly ChangeRow[],
  { from, limit }: { readonly from: number; readonly limit: number },
): FeedSlice {
  const ordered = rows.toSorted((a, b) => a.sequence - b.sequence);
  const changes = ordered
    .slice(0, limit)
    .map(({ kind, sequence, at, content }) => ({ kind, sequence, at, content }));
  return { changes, next: changes.at(-1)?.sequence ?? from, hasMore: ordered.length > limit };
}
