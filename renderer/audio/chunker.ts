/** Cuts the stream of blocks into numbered chunks, and keeps a skipped block visible as a gap between two of them. */
import { toInt16 } from './pcm.ts';

export interface CapturedBlock {
  /** The device clock's frame number of the first sample: blocks that follow each other continue it. */
  readonly firstFrame: number;
  /** Mono, -1 to 1. */
  readonly samples: Float32Array;
  /** Time of day (`Date.now()`) when its last sample was there, whenever a busy page gets it. */
  readonly atMs: number;
}

export interface PcmChunk {
  /** 0 for the first chunk of a take. */
  readonly sequence: number;
  /** Frames of the device's clock before this chunk, from the take's first frame, gaps included. */
  readonly firstFrame: number;
  readonly pcm: Int16Array;
}

/**
 * Blocks in, chunks of `chunkFrames` out. A block that starts later than the one before it ended closes the open
 * chunk early, so that the next chunk's `firstFrame` shows the gap; frames that come twice are taken once.
 */
export class PcmChunker {
  readonly #chunkFrames: number;
  #open: Int16Array[] = [];
  #openFrames = 0;
  #openFirstFrame = 0;
  #sequence = 0;
  #takeStart: number | undefined;
  #nextFrame = 0;
  #missingFrames = 0;

  constructor(chunkFrames: number) {
    this.#chunkFrames = chunkFrames;
  }

  /** Chunks handed out so far. */
  get count(): number {
    return this.#sequence;
  }

  /** Frames that the clock counted and that never came. */
  get missingFrames(): number {
    return this.#missingFrames;
  }

  /** Position of the device's clock within the take, gaps included, in frames. */
  get clockFrames(): number {
    return this.#nextFrame;
  }

  push(block: Pick<CapturedBlock, 'firstFrame' | 'samples'>): readonly PcmChunk[] {
    if (block.samples.length === 0) return [];
    this.#takeStart ??= block.firstFrame;
    const at = block.firstFrame - this.#takeStart;
    const repeated = Math.max(0, this.#nextFrame - at);
    if (repeated >= block.samples.length) return [];
    const done: PcmChunk[] = [];
    if (at > this.#nextFrame) {
      done.push(...this.flush());
      this.#missingFrames += at - this.#nextFrame;
      this.#nextFrame = at;
    }
    let rest = toInt16(block.samples.subarray(repeated));
    while (rest.length > 0) {
      const room = this.#chunkFrames - this.#openFrames;
      if (this.#openFrames === 0) this.#openFirstFrame = this.#nextFrame;
      const piece = rest.subarray(0, room);
      this.#open.push(piece);
      this.#openFrames += piece.length;
      this.#nextFrame += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#openFrames === this.#chunkFrames) done.push(...this.flush());
    }
    return done;
  }

  /** The open chunk, if it holds anything. */
  flush(): readonly PcmChunk[] {
    if (this.#openFrames === 0) return [];
    const pcm = new Int16Array(this.#openFrames);
    let offset = 0;
    for (const piece of this.#open) {
      pcm.set(piece, offset);
      offset += piece.length;
    }
    const chunk = { sequence: this.#sequence, firstFrame: this.#openFirstFrame, pcm };
    this.#sequence += 1;
    this.#open = [];
    this.#openFrames = 0;
    return [chunk];
  }
}
