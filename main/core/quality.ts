/**
 * Whether a take can be used, measured from its samples: length, level, clipping and noise against the limits of the
 * protocol. A take is added block by block, so that a long one can be measured in slices.
 */
import type { QualityLimits } from '../../contract/protocol.ts';
import type { QualityGate, TakeQuality } from '../../contract/session.ts';

const frameS = 0.05;
/** The two highest values that 16-bit PCM can hold; converters that clip rest on one of them. */
const fullScale = 32766 / 32768;
/**
 * A clean wave touches full scale with one sample, two at most where it is slow; a clipped one rests there. Shorter
 * runs are not counted.
 */
const clippedRun = 3;
/** Noise power of 16-bit rounding, q²/12: no room is measured to be quieter than the file can say. */
const quantisationPower = 1 / 32768 ** 2 / 12;
/** A voice that cannot be told from the room has no ratio; this stands for it. */
const lowestSignalToNoiseDb = -20;

/** What the samples of a take say, before any limit. Powers are mean squares, 1 = a full-scale sample all the time. */
export interface TakeMeasure {
  readonly durationS: number;
  readonly peak: number;
  /** Mean power of the louder half of the 50-ms frames (the rounded-up half); null without samples. */
  readonly levelPower: number | null;
  readonly loudestFramePower: number | null;
  /** Share of samples in runs of three or more at full scale of one sign, 0 to 1. */
  readonly clippedShare: number;
}

export interface TakeMeter {
  /** Mono samples in [-1, 1], in order. Throws on a sample that is not finite: decoding lets none through. */
  add(block: Float32Array): void;
  measure(): TakeMeasure;
}

/**
 * Measures mono samples at `sampleRateHz`. Frames are 50 ms without overlap; a rest shorter than a frame counts only
 * where there is no whole frame.
 */
export function createTakeMeter(sampleRateHz: number): TakeMeter {
  const frameLength = Math.max(1, Math.round(sampleRateHz * frameS));
  const framePowers: number[] = [];
  let samples = 0;
  let peak = 0;
  let frameSum = 0;
  let frameFill = 0;
  let clipped = 0;
  let run = 0;
  let runSign = 0;
  return {
    add(block) {
      for (const sample of block) {
        const size = Math.abs(sample);
        if (!(size <= Number.MAX_VALUE)) throw new Error('a sample is not finite');
        if (size > peak) peak = size;
        const sign = size >= fullScale ? Math.sign(sample) : 0;
        run = sign !== 0 && sign === runSign ? run + 1 : Math.abs(sign);
        runSign = sign;
        if (run === clippedRun) clipped += clippedRun;
        else if (run > clippedRun) clipped += 1;
        frameSum += sample * sample;
        frameFill += 1;
        if (frameFill === frameLength) {
          framePowers.push(frameSum / frameLength);
          frameSum = 0;
          frameFill = 0;
        }
      }
      samples += block.length;
    },
    measure() {
      const powers = framePowers.length === 0 && frameFill > 0 ? [frameSum / frameFill] : framePowers;
      const loudest = powers.toSorted((left, right) => right - left);
      const louder = loudest.slice(0, Math.ceil(loudest.length / 2));
      return {
        durationS: samples / sampleRateHz,
        peak,
        levelPower:
          louder.length === 0 ? null : louder.reduce((total, power) => total + power, 0) / louder.length,
        loudestFramePower: loudest[0] ?? null,
        clippedShare: samples === 0 ? 0 : clipped / samples,
      };
    },
  };
}

/**
 * A measure against the limits of its step. `noiseLevelDbfs` is `levelDbfs` of the session's ambient-noise take,
 * null without one. A limit that is absent, and noise without a reference, is not checked.
 */
export function judgeTake(
  measure: TakeMeasure,
  limits: QualityLimits,
  noiseLevelDbfs: number | null,
): TakeQuality {
  return judge(
    {
      durationS: measure.durationS,
      peakDbfs: amplitudeDbfs(measure.peak),
      levelDbfs: powerDbfs(measure.levelPower),
      loudestFrameDbfs: powerDbfs(measure.loudestFramePower),
      clippedShare: measure.clippedShare,
    },
    limits,
    noiseLevelDbfs,
  );
}

/** The same take after the ambient-noise take of its session has changed: only its noise is judged anew. */
export function judgeAgain(
  quality: TakeQuality,
  limits: QualityLimits,
  noiseLevelDbfs: number | null,
): TakeQuality {
  return judge(quality, limits, noiseLevelDbfs);
}

type Levels = Pick<TakeQuality, 'durationS' | 'peakDbfs' | 'levelDbfs' | 'loudestFrameDbfs' | 'clippedShare'>;

function judge(levels: Levels, limits: QualityLimits, noiseLevelDbfs: number | null): TakeQuality {
  const { durationS, peakDbfs, levelDbfs, loudestFrameDbfs, clippedShare } = levels;
  const signalToNoise = signalToNoiseDb(levelDbfs, noiseLevelDbfs);
  const gates: TakeQuality['gates'] = [];
  const check = (
    gate: QualityGate,
    limit: number | undefined,
    measured: number | null,
    passes: (measured: number, limit: number) => boolean,
  ): void => {
    if (limit === undefined) return;
    gates.push({ gate, passed: measured !== null && passes(measured, limit), measured, limit });
  };
  const atLeast = (measured: number, limit: number): boolean => measured >= limit;
  const atMost = (measured: number, limit: number): boolean => measured <= limit;
  check('too-short', limits.minimumS, durationS, atLeast);
  check('too-long', limits.maximumS, durationS, atMost);
  check('silent', limits.silentBelowDbfs, loudestFrameDbfs, atLeast);
  check('too-quiet', limits.quietBelowDbfs, levelDbfs, atLeast);
  check('clipped', limits.clippedAboveShare, clippedShare, atMost);
  if (noiseLevelDbfs !== null) check('noisy', limits.noisyBelowDb, signalToNoise, atLeast);
  return {
    durationS,
    peakDbfs,
    levelDbfs,
    loudestFrameDbfs,
    clippedShare,
    signalToNoiseDb: signalToNoise,
    gates,
    passed: gates.every((gate) => gate.passed),
  };
}

/**
 * 10·log10((S − N) / N): the take holds voice and room together, so the room's power is taken off first. Both are
 * levels of the louder half of the frames, like for like. Null where one of them was not measured.
 */
export function signalToNoiseDb(levelDbfs: number | null, noiseLevelDbfs: number | null): number | null {
  if (levelDbfs === null || noiseLevelDbfs === null) return null;
  const noise = Math.max(quantisationPower, 10 ** (noiseLevelDbfs / 10));
  const voice = 10 ** (levelDbfs / 10) - noise;
  return voice <= 0 ? lowestSignalToNoiseDb : Math.max(lowestSignalToNoiseDb, 10 * Math.log10(voice / noise));
}

function amplitudeDbfs(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

function powerDbfs(power: number | null): number | null {
  return power === null || power <= 0 ? null : 10 * Math.log10(power);
}
