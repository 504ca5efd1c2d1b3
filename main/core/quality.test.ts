import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QualityLimits } from '../../contract/protocol.ts';
import { createTakeMeter, judgeAgain, judgeTake, signalToNoiseDb, type TakeMeasure } from './quality.ts';

const rateHz = 48_000;

function sine(amplitude: number, seconds = 1, frequencyHz = 200, sampleRateHz = rateHz): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * sampleRateHz) },
    (_, index) => amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz),
  );
}

function measured(samples: Float32Array, sampleRateHz = rateHz): TakeMeasure {
  const meter = createTakeMeter(sampleRateHz);
  meter.add(samples);
  return meter.measure();
}

function joined(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const noLimits: QualityLimits = { minimumS: 0, maximumS: 1000 };
const voiceLimits: QualityLimits = {
  minimumS: 1,
  maximumS: 10,
  silentBelowDbfs: -55,
  quietBelowDbfs: -42,
  clippedAboveShare: 0.001,
  noisyBelowDb: 10,
};
const failedGates = (samples: Float32Array, noise: number | null = null): readonly string[] =>
  judgeTake(measured(samples), voiceLimits, noise)
    .gates.filter((gate) => !gate.passed)
    .map((gate) => gate.gate);

describe('levels against closed forms', () => {
  // RMS of a sine is amplitude / √2: 3.0103 dB under its peak.
  it.each([
    [1, 0, -3.0103],
    [0.5, -6.0206, -9.0309],
    [0.1, -20, -23.0103],
    [0.001, -60, -63.0103],
  ])('a sine of amplitude %d peaks at %d dBFS and has a level of %d dBFS', (amplitude, peak, level) => {
    const quality = judgeTake(measured(sine(amplitude)), noLimits, null);
    expect(quality.peakDbfs).toBeCloseTo(peak, 3);
    expect(quality.levelDbfs).toBeCloseTo(level, 3);
    expect(quality.loudestFrameDbfs).toBeCloseTo(level, 3);
  });

  it('a square wave at full scale has 0 dBFS', () => {
    const square = sine(1).map((sample) => (sample >= 0 ? 1 : -1));
    expect(judgeTake(measured(square), noLimits, null)).toMatchObject({
      peakDbfs: 0,
      levelDbfs: 0,
      loudestFrameDbfs: 0,
    });
  });

  it('the level is that of the louder half: pauses between words do not make a voice quiet', () => {
    const half = judgeTake(measured(joined(sine(0.1), new Float32Array(rateHz))), noLimits, null);
    expect(half.levelDbfs).toBeCloseTo(-23.0103, 3);
    const third = judgeTake(measured(joined(sine(0.1), new Float32Array(2 * rateHz))), noLimits, null);
    // 20 of 30 louder frames hold the sine: 10·log10(2/3) under it.
    expect(third.levelDbfs).toBeCloseTo(-23.0103 - 1.7609, 3);
  });

  it('one loud frame is enough not to be silent', () => {
    const click = joined(new Float32Array(rateHz), sine(0.1, 0.05));
    expect(judgeTake(measured(click), noLimits, null).loudestFrameDbfs).toBeCloseTo(-23.0103, 3);
  });

  it.each([8000, 11_025, 16_000, 44_100, 96_000, 192_000])('at %d Hz the level is the same', (hz) => {
    const quality = judgeTake(measured(sine(0.1, 1, 200, hz), hz), noLimits, null);
    expect(quality.levelDbfs).toBeCloseTo(-23.0103, 1);
    expect(quality.durationS).toBe(1);
  });
});

describe('clipping', () => {
  it.each([1.1, 1.5, 2, 10])(
    'a sine of amplitude %d cut at full scale rests there 1 − 2/π·asin(1/A)',
    (amplitude) => {
      // 7 Hz: a period of many samples that no frame length divides.
      const cut = sine(amplitude, 4, 7).map((sample) => Math.max(-1, Math.min(32767 / 32768, sample)));
      const share = 1 - (2 / Math.PI) * Math.asin(1 / amplitude);
      expect(measured(cut).clippedShare).toBeCloseTo(share, 3);
    },
  );

  it.each([100, 200, 440, 1000])(
    'a clean sine of %d Hz that just touches full scale is not clipped',
    (hertz) => {
      expect(measured(sine(1, 1, hertz)).clippedShare).toBe(0);
    },
  );

  it.each([
    [2, 0],
    [3, 3],
    [7, 7],
  ])('%d samples in a row at full scale count as %d', (run, counted) => {
    const samples = new Float32Array(1000);
    samples.fill(-1, 500, 500 + run);
    expect(measured(samples).clippedShare).toBe(counted / 1000);
  });

  it('a jump from one rail to the other is no run', () => {
    const samples = Float32Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    expect(measured(samples).clippedShare).toBe(0);
  });
});

describe('nothing to measure', () => {
  it('a take without samples has no levels and no not-a-number', () => {
    expect(judgeTake(measured(new Float32Array(0)), voiceLimits, -60)).toEqual({
      durationS: 0,
      peakDbfs: null,
      levelDbfs: null,
      loudestFrameDbfs: null,
      clippedShare: 0,
      signalToNoiseDb: null,
      gates: [
        { gate: 'too-short', passed: false, measured: 0, limit: 1 },
        { gate: 'too-long', passed: true, measured: 0, limit: 10 },
        { gate: 'silent', passed: false, measured: null, limit: -55 },
        { gate: 'too-quiet', passed: false, measured: null, limit: -42 },
        { gate: 'clipped', passed: true, measured: 0, limit: 0.001 },
        { gate: 'noisy', passed: false, measured: null, limit: 10 },
      ],
      passed: false,
    });
  });

  it('digital silence is silent, quiet and noisy, and nothing else', () => {
    expect(failedGates(new Float32Array(2 * rateHz), -60)).toEqual(['silent', 'too-quiet', 'noisy']);
  });

  it('a take shorter than a frame is measured by what there is', () => {
    expect(judgeTake(measured(sine(1, 0.01)), noLimits, null).levelDbfs).toBeCloseTo(-3.0103, 3);
  });

  it('throws for a sample that is no number: decoding must have refused it', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      expect(() => createTakeMeter(rateHz).add(Float32Array.of(0, bad))).toThrow('not finite');
    }
  });
});

describe('gates', () => {
  it.each([
    ['nothing', sine(0.1, 2), []],
    ['too-short', sine(0.1, 0.5), ['too-short']],
    ['too-long', sine(0.1, 11), ['too-long']],
    ['silent and too-quiet', sine(0.0005, 2), ['silent', 'too-quiet']],
    ['too-quiet', sine(0.005, 2), ['too-quiet']],
    ['clipped', sine(2, 2).map((sample) => Math.max(-1, Math.min(1, sample))), ['clipped']],
  ])('%s', (_, samples, gates) => {
    expect(failedGates(samples)).toEqual(gates);
  });

  it('a limit is met when it is just reached', () => {
    const quality = judgeTake(
      { ...measured(sine(0.1)), durationS: 1, clippedShare: 0.001 },
      voiceLimits,
      null,
    );
    expect(quality.passed).toBe(true);
  });

  it('an ambient-noise take is judged by its length alone, as its step says', () => {
    const quality = judgeTake(measured(new Float32Array(rateHz)), { minimumS: 0.5, maximumS: 2 }, null);
    expect(quality.gates.map((gate) => gate.gate)).toEqual(['too-short', 'too-long']);
    expect(quality.passed).toBe(true);
  });
});

describe('signal to noise', () => {
  it.each([
    [-20, -60, 39.9996],
    [-20, -30, 9.5424],
    [-20, -23.0103, 0],
  ])('a take of %d dBFS in a room of %d dBFS has %d dB', (level, noise, ratio) => {
    expect(signalToNoiseDb(level, noise)).toBeCloseTo(ratio, 3);
  });

  it('stays finite where the voice drowns and where the room is silent', () => {
    expect(signalToNoiseDb(-40, -40)).toBe(-20);
    expect(signalToNoiseDb(-60, -40)).toBe(-20);
    expect(signalToNoiseDb(0, -400)).toBeCloseTo(101.1, 1);
  });

  it('is null where there is no reference, and then not judged', () => {
    const quality = judgeTake(measured(sine(0.1, 2)), voiceLimits, null);
    expect(quality.signalToNoiseDb).toBeNull();
    expect(quality.gates.some((gate) => gate.gate === 'noisy')).toBe(false);
  });

  it('is judged anew from what is stored when the room is recorded again, with the same verdict as at first', () => {
    const take = measured(sine(0.1, 2));
    const before = judgeTake(take, voiceLimits, null);
    for (const noise of [-60, -25, null]) {
      expect(judgeAgain(before, voiceLimits, noise)).toEqual(judgeTake(take, voiceLimits, noise));
    }
    expect(judgeAgain(before, voiceLimits, -25).passed).toBe(false);
  });
});

it('gives the same measure however a take is cut into blocks', () => {
  const samples = Float32Array.from(sine(1.3, 0.7), (sample) => Math.max(-1, Math.min(1, sample)));
  const whole = measured(samples);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 40 }), (lengths) => {
      const meter = createTakeMeter(rateHz);
      let at = 0;
      for (const length of lengths) {
        meter.add(samples.subarray(at, at + length));
        at += length;
      }
      meter.add(samples.subarray(at));
      expect(meter.measure()).toEqual(whole);
    }),
  );
});

it('never gives a number that JSON cannot hold', () => {
  const sample = fc.float({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(sample, { maxLength: 500 }),
      fc.option(fc.double({ min: -200, max: 0, noNaN: true })),
      (samples, noise) => {
        const quality = judgeTake(measured(Float32Array.from(samples), 8000), voiceLimits, noise);
        expect(JSON.parse(JSON.stringify(quality))).toEqual(quality);
      },
    ),
  );
});
