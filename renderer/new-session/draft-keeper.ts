/** Keeps a draft on disk as it is typed: each change at once, those that come meanwhile together with the next. */
import type { Problem, Result } from '../../contract/result.ts';

export type DraftState =
  | { readonly state: 'kept' }
  | { readonly state: 'keeping' }
  /** The last try failed; it is tried again, and nothing typed is given up. */
  | { readonly state: 'not-kept'; readonly problem: Problem };

export interface DraftKeeperParts<Draft> {
  readonly save: (draft: Draft) => Promise<Result<unknown>>;
  readonly wait: (durationMs: number) => Promise<void>;
  readonly changed: (state: DraftState) => void;
}

const waitMs = 1000;
/** Nothing to keep any more: the session is closed or gone. */
const over = new Set<Problem['code']>(['session-closed', 'session-not-found']);

export class DraftKeeper<Draft> {
  readonly #parts: DraftKeeperParts<Draft>;
  #pending: { readonly draft: Draft } | undefined;
  #run: Promise<void> | undefined;
  #isOver = false;

  constructor(parts: DraftKeeperParts<Draft>) {
    this.#parts = parts;
  }

  /** Whether something typed is not on disk yet. */
  get isBehind(): boolean {
    return this.#run !== undefined;
  }

  keep(draft: Draft): void {
    if (this.#isOver) return;
    this.#pending = { draft };
    this.#run ??= this.#save();
  }

  /** Resolves when all that was given so far is on disk, or cannot be. */
  async settled(): Promise<void> {
    await this.#run;
  }

  async #save(): Promise<void> {
    this.#parts.changed({ state: 'keeping' });
    while (this.#pending !== undefined) {
      const { draft } = this.#pending;
      this.#pending = undefined;
      const saved = await this.#attempt(draft);
      if (saved.ok) continue;
      if (over.has(saved.problem.code)) {
        this.#isOver = true;
        this.#pending = undefined;
        break;
      }
      // What was typed meanwhile is newer and goes first.
      this.#pending ??= { draft };
      this.#parts.changed({ state: 'not-kept', problem: saved.problem });
      await this.#parts.wait(waitMs);
    }
    this.#run = undefined;
    this.#parts.changed({ state: 'kept' });
  }

  async #attempt(draft: Draft): Promise<Result<unknown>> {
    try {
      return await this.#parts.save(draft);
    } catch (cause) {
      return { ok: false, problem: { code: 'internal', cause } };
    }
  }
}
