/** Three seconds from the microphone, kept in this page's memory only: to hear how it sounds, never to be stored. */
import type { CapturedBlock } from '../audio/chunker.ts';
import { LevelMeter, levelWord, silence, type Level, type LevelWord } from '../audio/level.ts';
import { littleEndianBytes, toInt16 } from '../audio/pcm.ts';

export const soundCheckS = 3;

export interface SoundCheck {
  readonly word: LevelWord;
  readonly level: Level;
  /** A WAV file, 16-bit mono. */
  readonly file: Uint8Array<ArrayBuffer>;
}

export class SoundCheckRecording {
  readonly #sampleRateHz: number;
  readonly #meter: LevelMeter;
  readonly #samples: Float32Array;
  #filled = 0;
  #loudest: Level = silence;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#meter = new LevelMeter(sampleRateHz);
    this.#samples = new Float32Array(Math.round(sampleRateHz * soundCheckS));
  }

  get progress(): number {
    return this.#filled / this.#samples.length;
  }

  /** The result, once three seconds are full. */
  push({ samples }: Pick<CapturedBlock, 'samples'>): SoundCheck | undefined {
    const piece = samples.subarray(0, this.#samples.length - this.#filled);
    this.#samples.set(piece, this.#filled);
    this.#filled += piece.length;
    const level = this.#meter.push(piece);
    this.#loudest = {
      rmsDbfs: Math.max(this.#loudest.rmsDbfs, level.rmsDbfs),
      peakDbfs: Math.max(this.#loudest.peakDbfs, level.peakDbfs),
      heldPeakDbfs: Math.max(this.#loudest.heldPeakDbfs, level.heldPeakDbfs),
      isClipped: this.#loudest.isClipped || level.isClipped,
    };
    if (this.#filled < this.#samples.length) return undefined;
    const file = wavFile(toInt16(this.#samples), this.#sampleRateHz);
    return { word: levelWord(this.#loudest), level: this.#loudest, file };
  }
}

/** RIFF WAVE, 16-bit PCM, one channel. */
export function wavFile(pcm: Int16Array, sampleRateHz: number): Uint8Array<ArrayBuffer> {
  const data = littleEndianBytes(pcm);
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const tag = (at: number, name: string): void => {
    for (const [index, letter] of [...name].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  tag(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  tag(8, 'WAVE');
  tag(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, data.length, true);
  file.set(data, 44);
  return file;
}
