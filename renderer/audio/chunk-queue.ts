/** Sends the chunks of one take in order and keeps each in memory until `main` has it on disk. */
import { fail, type Problem, type Result } from '../../contract/result.ts';
import type { PcmChunk } from './chunker.ts';

/** What `main` says for good: sending the same chunk again will not help until somebody does something. */
const lasting = new Set<Problem['code']>([
  'disk-full',
  'storage-unavailable',
  'take-not-found',
  'take-not-open',
  'take-damaged',
  'session-closed',
  'session-not-found',
  'conflict',
  'not-signed-in',
  'forbidden',
  'invalid-input',
  'too-large',
]);

export interface ChunkQueueParts {
  /** Writing a chunk again is a success, so that a lost answer costs a repeat and nothing else. */
  readonly send: (chunk: PcmChunk) => Promise<Result<unknown>>;
  readonly wait: (durationMs: number) => Promise<void>;
  readonly changed: (state: ChunkQueueState) => void;
}

export interface ChunkQueueState {
  /** Chunks that are not acknowledged yet. */
  readonly waiting: number;
  /** Sends in a row that failed and are being tried again. */
  readonly failures: number;
  /** Why sending stopped; `resume` goes on with the same chunk. */
  readonly stopped: Problem | undefined;
}

const firstWaitMs = 200;
const longestWaitMs = 2000;

export class ChunkQueue {
  readonly #parts: ChunkQueueParts;
  readonly #waiting: PcmChunk[] = [];
  #failures = 0;
  #stopped: Problem | undefined;
  #isRunning = false;
  #watchers: (() => void)[] = [];

  constructor(parts: ChunkQueueParts) {
    this.#parts = parts;
  }

  get state(): ChunkQueueState {
    return { waiting: this.#waiting.length, failures: this.#failures, stopped: this.#stopped };
  }

  add(chunks: readonly PcmChunk[]): void {
    if (chunks.length === 0) return;
    this.#waiting.push(...chunks);
    void this.#run();
  }

  /** After a lasting problem was dealt with (space was made, somebody signed in): the same chunk again. */
  resume(): void {
    this.#stopped = undefined;
    void this.#run();
  }

  /** True once every chunk is acknowledged; false where sending stopped before. */
  async drained(): Promise<boolean> {
    while (this.#waiting.length > 0 && this.#stopped === undefined) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
    return this.#waiting.length === 0;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let chunk = this.#next(); chunk !== undefined; chunk = this.#next()) {
      const sent = await this.#send(chunk);
      if (sent.ok) {
        this.#waiting.shift();
        this.#failures = 0;
      } else if (lasting.has(sent.problem.code)) {
        this.#stopped = sent.problem;
      } else {
        this.#failures += 1;
        this.#tell();
        await this.#parts.wait(Math.min(longestWaitMs, firstWaitMs * 2 ** (this.#failures - 1)));
      }
      this.#tell();
    }
    this.#isRunning = false;
  }

  #next(): PcmChunk | undefined {
    return this.#stopped === undefined ? this.#waiting[0] : undefined;
  }

  async #send(chunk: PcmChunk): Promise<Result<unknown>> {
    try {
      return await this.#parts.send(chunk);
    } catch (cause) {
      return fail('internal', undefined, cause);
    }
  }

  #tell(): void {
    this.#parts.changed(this.state);
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const resolve of watchers) resolve();
  }
}
