/** Bytes that arrive in chunks of any size and are read in pieces of another; holds no more than it was asked to fetch. */
export interface ChunkQueue {
  /** True when nothing will come after what is held. */
  readonly isEnded: () => boolean;
  /** Fetches until `bytes` are held or the source ends. Rejects as the source does. */
  readonly fill: (bytes: number) => Promise<void>;
  /** Up to `bytes` of what is held, the oldest first; they leave the queue. */
  readonly take: (bytes: number) => Uint8Array<ArrayBuffer>;
  /** Puts bytes before all that is held. */
  readonly putBack: (bytes: Uint8Array) => void;
  /** Tells the source that no more is wanted. */
  readonly close: () => Promise<void>;
}

export function createChunkQueue(source: AsyncIterable<Uint8Array>): ChunkQueue {
  const chunks = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let hasEnded = false;
  const takeHeld = (bytes: number): Uint8Array<ArrayBuffer> => {
    const piece = new Uint8Array(Math.min(bytes, heldBytes));
    let filled = 0;
    let emptied = 0;
    while (filled < piece.length) {
      const chunk = held[emptied]!;
      const part = chunk.subarray(0, piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) emptied += 1;
      else held[emptied] = chunk.subarray(part.length);
    }
    held.splice(0, emptied);
    heldBytes -= filled;
    return piece;
  };
  return {
    isEnded: () => hasEnded,
    fill: async (bytes) => {
      while (heldBytes < bytes && !hasEnded) {
        const next = await chunks.next();
        if (next.done === true) hasEnded = true;
        else if (next.value.length > 0) {
          held.push(next.value);
          heldBytes += next.value.length;
        }
      }
    },
    take: takeHeld,
    putBack: (bytes) => {
      held.unshift(bytes);
      heldBytes += bytes.length;
    },
    close: async () => {
      held.length = 0;
      heldBytes = 0;
      if (hasEnded) return;
      hasEnded = true;
      await chunks.return?.();
    },
  };
}
