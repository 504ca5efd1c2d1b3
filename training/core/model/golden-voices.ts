/**
 * Synthetic vowels as golden inputs: harmonics of a glottal pulse under formant resonances, with seeded tremor,
 * jitter and breath. Nobody's voice. Formants of /a/ after G. E. Peterson, H. L. Barney, 1952; source slope of
 * 12 dB per octave after G. Fant, Acoustic Theory of Speech Production, 1960.
 */
import { seededRandom } from '../fit/random.ts';

export interface GoldenVoice {
  readonly name: string;
  readonly durationS: number;
  readonly pitchHz: number;
  /** Relative size of a slow pitch wobble at 5 Hz, and of the pitch's random walk. */
  readonly tremor: number;
  readonly jitter: number;
  /** Level of breath noise relative to the voice. */
  readonly breath: number;
}

const formants = [
  { centreHz: 730, widthHz: 90, gain: 1 },
  { centreHz: 1090, widthHz: 110, gain: 0.6 },
  { centreHz: 2440, widthHz: 160, gain: 0.16 },
  { centreHz: 3500, widthHz: 250, gain: 0.06 },
] as const;

/** Three voices: one window and a rest, several windows, and the shortest recording that the model takes. */
export function goldenVoices(minimumS: number, windowS: number, stepS: number): readonly GoldenVoice[] {
  const steady = Math.max(minimumS, windowS) + 0.37 * stepS;
  const trembling = Math.max(minimumS, windowS + 2.5 * stepS);
  return [
    { name: 'steady', durationS: steady, pitchHz: 118, tremor: 0, jitter: 0.0005, breath: 0.004 },
    { name: 'trembling', durationS: trembling, pitchHz: 187, tremor: 0.03, jitter: 0.004, breath: 0.05 },
    { name: 'shortest', durationS: minimumS, pitchHz: 96, tremor: 0.01, jitter: 0.012, breath: 0.02 },
  ];
}

/** Mono samples in −1..1 on the grid of 16 bits, peak 0.5. */
export function synthesise(voice: GoldenVoice, sampleRateHz: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const length = Math.ceil(voice.durationS * sampleRateHz);
  const raw = new Float64Array(length);
  let phase = 0;
  let drift = 0;
  for (let i = 0; i < length; i++) {
    drift = 0.999 * drift + voice.jitter * Math.sqrt(1 - 0.999 ** 2) * random.normal();
    const wobble = voice.tremor * Math.sin((2 * Math.PI * 5 * i) / sampleRateHz);
    const hz = voice.pitchHz * (1 + wobble + drift);
    phase += hz / sampleRateHz;
    raw[i] = harmonics(phase, hz, sampleRateHz) + voice.breath * random.normal();
  }
  const peak = raw.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return Float32Array.from(raw, (value) => Math.round((0.5 * 32_768 * value) / peak) / 32_768);
}

function harmonics(phase: number, hz: number, sampleRateHz: number): number {
  let sum = 0;
  for (let k = 1; k * hz < 0.45 * sampleRateHz && k <= 40; k++) {
    sum += (formantGain(k * hz) / k ** 2) * Math.sin(2 * Math.PI * k * phase);
  }
  return sum;
}

function formantGain(hz: number): number {
  // A little of the source passes everywhere, so that no harmonic vanishes.
  let gain = 0.02;
  for (const { centreHz, widthHz, gain: height } of formants) {
    gain += height / (1 + ((hz - centreHz) / widthHz) ** 2);
  }
  return gain;
}
