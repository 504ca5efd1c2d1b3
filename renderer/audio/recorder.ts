/**
 * One take from the press of the button to "saved". It lives outside the pages, so that a lock, a page that goes or
 * one that comes back never ends it; all it needs of the world is given to it.
 */
import type { SessionId, TakeId } from '../../contract/ids.ts';
import { fail, type Problem, type Result } from '../../contract/result.ts';
import type { Take } from '../../contract/session.ts';
import type { CaptureVerdict, Moments } from './capture-watch.ts';
import { CaptureWatch } from './capture-watch.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { PcmChunker, type CapturedBlock, type PcmChunk } from './chunker.ts';
import { ElapsedMeter } from './elapsed-meter.ts';
import { LivePeaks } from './live-peaks.ts';

export type Interruption = Take['continuity']['interruption'];

export interface RecorderParts {
  readonly start: () => Promise<Result<{ readonly takeId: TakeId }>>;
  readonly append: (takeId: TakeId, chunk: PcmChunk) => Promise<Result<unknown>>;
  readonly finish: (
    takeId: TakeId,
    end: { readonly chunks: number; readonly elapsedMs: number; readonly interruption: Interruption },
  ) => Promise<Result<Take>>;
  readonly listen: (listener: (block: CapturedBlock) => void) => () => void;
  readonly now: () => Moments;
  readonly wait: (durationMs: number) => Promise<void>;
}

export interface RecorderPlan {
  readonly sessionId: SessionId;
  readonly stepKey: string;
  readonly sampleRateHz: number;
  /** Ends by itself here, at a block's border. */
  readonly stopAtS: number;
  /** Whether the end comes before the block that would pass `stopAtS`, or after it. */
  readonly mayPass: boolean;
}

export type RecorderPhase =
  | { readonly phase: 'recording' }
  | { readonly phase: 'saving' }
  | { readonly phase: 'saved'; readonly take: Take }
  /** `isKept`: audio waits in memory, and `tryAgain` goes on with it; else nothing was recorded. */
  | { readonly phase: 'problem'; readonly problem: Problem; readonly isKept: boolean };

export interface RecorderView {
  readonly plan: RecorderPlan;
  readonly state: RecorderPhase;
  /** By the device's own clock, gaps included. */
  readonly recordedS: number;
  readonly missingS: number;
  readonly interruption: Interruption;
  /** Chunks that wait to be written, and sends in a row that failed. */
  readonly waiting: number;
  readonly failures: number;
  readonly peaks: LivePeaks;
}

export const chunkS = 0.25;
/** What a take keeps in memory for writing it anew, should its file be lost meanwhile. */
const longestKeptS = 20 * 60;
/** The take is no longer open on the other side: everything is still here and can be written as a new one. */
const forgotten = new Set<Problem['code']>(['take-not-open', 'take-not-found', 'conflict', 'take-damaged']);
const finishTries = 4;
/** Blocks reach the page within a few milliseconds; a microphone that is gone sends none. */
const longestEndMs = 400;
/** Half a second at the very end of a take that was interrupted anyway is not worth a second take. */
const toleratedLossS = 0.5;

export class Recorder {
  readonly #parts: RecorderParts;
  readonly #changed: (view: RecorderView) => void;
  readonly #chunker: PcmChunker;
  readonly #watch: CaptureWatch;
  readonly #stopListening: () => void;
  #view: RecorderView;
  #queue: ChunkQueue;
  #takeId: TakeId | undefined;
  #kept: PcmChunk[] = [];
  #early: PcmChunk[] = [];
  readonly #elapsed = new ElapsedMeter();
  #endsAt: Moments | undefined;
  #isCapturing = true;
  #wasRewritten = false;

  /** Capture begins at once; what comes before `main` has opened the take waits in memory. */
  constructor(plan: RecorderPlan, parts: RecorderParts, changed: (view: RecorderView) => void) {
    this.#parts = parts;
    this.#changed = changed;
    this.#chunker = new PcmChunker(Math.round(plan.sampleRateHz * chunkS));
    this.#watch = new CaptureWatch(parts.now());
    this.#view = {
      plan,
      state: { phase: 'recording' },
      recordedS: 0,
      missingS: 0,
      interruption: 'none',
      waiting: 0,
      failures: 0,
      peaks: new LivePeaks(plan.sampleRateHz),
    };
    this.#queue = this.#newQueue();
    this.#stopListening = parts.listen((block) => this.#take(block));
    void this.#open();
  }

  get view(): RecorderView {
    return this.#view;
  }

  /** Runs several times a second while recording. */
  tick(): void {
    if (!this.#isCapturing) return;
    const now = this.#parts.now();
    if (this.#endsAt !== undefined && now.monotonicMs - this.#endsAt.monotonicMs > longestEndMs)
      this.#end('none');
    else this.#judge(this.#watch.tick(now));
  }

  /**
   * Ends the take and saves it. Pressed by a person, the blocks that are still on their way from before the press are
   * waited for. Again, or after the end: nothing.
   */
  stop(interruption: Interruption = 'none'): void {
    if (!this.#isCapturing) return;
    if (interruption !== 'none') {
      this.#end(interruption);
      return;
    }
    if (this.#endsAt !== undefined) return;
    this.#endsAt = this.#parts.now();
    this.#show({ state: { phase: 'saving' } });
  }

  #end(interruption: Interruption): void {
    if (!this.#endCapture(interruption)) return;
    this.#show({ state: { phase: 'saving' } });
    void this.#save();
  }

  /** After a problem that kept its audio: goes on where it stopped. */
  tryAgain(): void {
    const { state } = this.#view;
    if (state.phase !== 'problem' || !state.isKept) return;
    this.#show({ state: { phase: 'saving' } });
    if (this.#takeId === undefined) void this.#open();
    else this.#queue.resume();
    void this.#save();
  }

  /** After a problem: what is on disk becomes the take, what waits in memory is given up. */
  async settle(): Promise<void> {
    const { state } = this.#view;
    if (state.phase !== 'problem' || !state.isKept || this.#takeId === undefined) return;
    const written = this.#chunker.count - this.#queue.state.waiting;
    const reason = this.#reasonFor(state.problem);
    this.#show({ state: { phase: 'saving' }, interruption: reason === 'none' ? 'app-ended' : reason });
    await this.#finish(this.#takeId, written);
  }

  async #open(): Promise<void> {
    const opened = await this.#guarded(this.#parts.start());
    if (!opened.ok) {
      // With nobody to write to, what was captured in these moments is kept only where the user had already stopped.
      const isKept = !this.#isCapturing && this.#chunker.count > 0;
      this.#endCapture(this.#view.interruption);
      this.#show({ state: { phase: 'problem', problem: opened.problem, isKept } });
      return;
    }
    this.#takeId = opened.value.takeId;
    this.#queue.add(this.#early);
    this.#early = [];
    if (!this.#isCapturing) void this.#save();
  }

  #take(block: CapturedBlock): void {
    if (!this.#isCapturing) return;
    const { plan } = this.#view;
    const limitFrames = plan.stopAtS * plan.sampleRateHz;
    if (!plan.mayPass && this.#chunker.clockFrames + block.samples.length > limitFrames) {
      this.#end('none');
      return;
    }
    const now = this.#parts.now();
    this.#view.peaks.push(block.samples);
    this.#keep(this.#chunker.push(block));
    const recordedS = this.#chunker.clockFrames / plan.sampleRateHz;
    this.#elapsed.block(now.monotonicMs, (this.#capturedFrames / plan.sampleRateHz) * 1000);
    this.#show({ recordedS, missingS: this.#chunker.missingFrames / plan.sampleRateHz });
    const isLast = this.#endsAt !== undefined && block.atMs >= this.#endsAt.wallMs;
    if (isLast || (plan.mayPass && this.#chunker.clockFrames >= limitFrames)) this.#end('none');
    else this.#judge(this.#watch.block(now, recordedS * 1000));
  }

  #judge(verdict: CaptureVerdict): void {
    if (verdict !== 'flowing') this.stop(verdict);
  }

  #endCapture(interruption: Interruption): boolean {
    if (!this.#isCapturing) return false;
    this.#isCapturing = false;
    this.#stopListening();
    this.#keep(this.#chunker.flush());
    if (interruption !== 'none') this.#show({ interruption });
    return true;
  }

  #keep(chunks: readonly PcmChunk[]): void {
    if (this.#view.recordedS < longestKeptS) this.#kept.push(...chunks);
    if (this.#takeId === undefined) this.#early.push(...chunks);
    else this.#queue.add(chunks);
  }

  #newQueue(): ChunkQueue {
    const queue: ChunkQueue = new ChunkQueue({
      send: (chunk) =>
        this.#takeId === undefined
          ? Promise.resolve(fail('internal'))
          : this.#parts.append(this.#takeId, chunk),
      wait: this.#parts.wait,
      changed: ({ waiting, failures, stopped }) => {
        if (queue !== this.#queue) return;
        this.#show({ waiting, failures });
        // While recording: end it now, so that nobody goes on speaking to a disk that is full.
        if (stopped !== undefined && this.#isCapturing) {
          this.#endCapture(this.#reasonFor(stopped));
          this.#show({ state: { phase: 'saving' } });
          void this.#save();
        }
      },
    });
    return queue;
  }

  async #save(): Promise<void> {
    const takeId = this.#takeId;
    // Still opening: `#open` comes back here.
    if (takeId === undefined) return;
    if (!(await this.#queue.drained())) {
      const problem = this.#queue.state.stopped ?? { code: 'internal' };
      if (forgotten.has(problem.code) && (await this.#accept(takeId))) return;
      if (forgotten.has(problem.code) && (await this.#rewrite())) return;
      this.#show({ state: { phase: 'problem', problem, isKept: true } });
      return;
    }
    await this.#finish(takeId, this.#chunker.count);
  }

  /** `main` may have closed the take by itself, for example when the PC slept: that will do if hardly anything lacks. */
  async #accept(takeId: TakeId): Promise<boolean> {
    const end = {
      chunks: this.#chunker.count,
      elapsedMs: this.#elapsed.elapsedMs,
      interruption: this.#view.interruption,
    };
    const finished = await this.#guarded(this.#parts.finish(takeId, end));
    const { sampleRateHz } = this.#view.plan;
    if (!finished.ok || this.#capturedFrames - finished.value.frameCount > toleratedLossS * sampleRateHz) {
      return false;
    }
    this.#kept = [];
    this.#show({ state: { phase: 'saved', take: finished.value } });
    return true;
  }

  get #capturedFrames(): number {
    return this.#chunker.clockFrames - this.#chunker.missingFrames;
  }

  async #finish(takeId: TakeId, chunks: number): Promise<void> {
    const end = { chunks, elapsedMs: this.#elapsed.elapsedMs, interruption: this.#view.interruption };
    let finished = await this.#guarded(this.#parts.finish(takeId, end));
    for (let tries = 1; tries < finishTries && isPassing(finished); tries += 1) {
      await this.#parts.wait(500 * tries);
      finished = await this.#guarded(this.#parts.finish(takeId, end));
    }
    if (finished.ok) {
      this.#kept = [];
      this.#show({ state: { phase: 'saved', take: finished.value } });
      return;
    }
    if (forgotten.has(finished.problem.code) && (await this.#rewrite())) return;
    const isKept = finished.problem.code !== 'take-empty';
    this.#show({ state: { phase: 'problem', problem: finished.problem, isKept } });
  }

  /** Writes everything that is still in memory as a new take. False where that was tried or cannot be done. */
  async #rewrite(): Promise<boolean> {
    if (this.#wasRewritten || this.#kept.length !== this.#chunker.count) return false;
    this.#wasRewritten = true;
    const opened = await this.#guarded(this.#parts.start());
    if (!opened.ok) return false;
    this.#takeId = opened.value.takeId;
    this.#queue = this.#newQueue();
    this.#queue.add(this.#kept);
    await this.#save();
    return true;
  }

  #reasonFor(problem: Problem): Interruption {
    return problem.code === 'disk-full' ? 'disk-full' : this.#view.interruption;
  }

  async #guarded<T>(answer: Promise<Result<T>>): Promise<Result<T>> {
    try {
      return await answer;
    } catch (cause) {
      return fail('internal', undefined, cause);
    }
  }

  #show(change: Partial<RecorderView>): void {
    this.#view = { ...this.#view, ...change };
    this.#changed(this.#view);
  }
}

function isPassing(result: Result<unknown>): boolean {
  return !result.ok && (result.problem.code === 'internal' || result.problem.code === 'store-busy');
}
