/**
 * Runs on the audio thread: mixes each render quantum to mono and posts it with the clock's frame number and the time
 * of day, which a busy page could not tell. A quantum without input posts nothing, so that the page sees the jump.
 */
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const blockFrames = 1024;

class CaptureProcessor extends AudioWorkletProcessor {
  #block = new Float32Array(blockFrames);
  #filled = 0;
  #firstFrame = 0;

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = inputs[0] ?? [];
    const frames = channels[0]?.length ?? 0;
    if (frames === 0) {
      this.#post();
      return true;
    }
    if (this.#filled > 0 && this.#firstFrame + this.#filled !== currentFrame) this.#post();
    if (this.#filled === 0) this.#firstFrame = currentFrame;
    for (let frame = 0; frame < frames; frame += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[frame] ?? 0;
      this.#block[this.#filled + frame] = sum / channels.length;
    }
    this.#filled += frames;
    if (this.#filled + frames > blockFrames) this.#post();
    return true;
  }

  #post(): void {
    if (this.#filled === 0) return;
    const samples = this.#block.slice(0, this.#filled);
    const block = { firstFrame: this.#firstFrame, samples, atMs: Date.now() };
    this.port.postMessage(block, [samples.buffer]);
    this.#filled = 0;
  }
}

registerProcessor('spira-capture', CaptureProcessor);
