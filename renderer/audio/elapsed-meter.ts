/**
 * How much time a recording took by the page's clock, although a busy page gets its blocks late. Each block's arrival
 * less its place in the recording is how late it came; the least lateness at the beginning and at the end of the take is
 * that of a block that did not wait. What the end is later than the beginning is audio that never came.
 */
const windowMs = 500;

export class ElapsedMeter {
  #recordedMs = 0;
  #earlyLatenessMs: number | undefined;
  #recent: { readonly recordedMs: number; readonly latenessMs: number }[] = [];

  /** A block has arrived with which the recording holds `recordedMs`, without what is missing. */
  block(arrivedMs: number, recordedMs: number): void {
    const latenessMs = arrivedMs - recordedMs;
    this.#recordedMs = recordedMs;
    if (recordedMs <= windowMs || this.#earlyLatenessMs === undefined) {
      this.#earlyLatenessMs = Math.min(this.#earlyLatenessMs ?? Number.POSITIVE_INFINITY, latenessMs);
    }
    this.#recent.push({ recordedMs, latenessMs });
    while ((this.#recent[0]?.recordedMs ?? recordedMs) < recordedMs - windowMs) this.#recent.shift();
  }

  get elapsedMs(): number {
    const late = Math.min(...this.#recent.map((block) => block.latenessMs));
    const lostMs = this.#earlyLatenessMs === undefined ? 0 : late - this.#earlyLatenessMs;
    return Math.max(0, this.#recordedMs + lostMs);
  }
}
