/**
 * The constant tables of the MFCC front end, in float64. Formulas: HTK Book 3.4, 5.4 (mel scale), and the definitions
 * that torchaudio documents for its MelSpectrogram, AmplitudeToDB and MFCC transforms.
 */

export interface MfccSettings {
  readonly sampleRateHz: number;
  /** Length of the discrete Fourier transform, in samples. */
  readonly fftLength: number;
  /** Length of the window, in samples; it stands in the middle of the transform. */
  readonly windowLength: number;
  readonly hopLength: number;
  readonly melBands: number;
  readonly coefficients: number;
  readonly lowestHz: number;
  readonly highestHz: number;
  /** Powers are never taken below this before the logarithm. */
  readonly smallestPower: number;
  /** Levels lie at most this far below the loudest one of the recording. */
  readonly rangeDb: number;
}

/** The front end of the reference recipe: 25 ms windows every 10 ms at 16 kHz, 40 bands, 40 coefficients. */
export const referenceMfcc: MfccSettings = {
  sampleRateHz: 16_000,
  fftLength: 1200,
  windowLength: 400,
  hopLength: 160,
  melBands: 40,
  coefficients: 40,
  lowestHz: 0,
  highestHz: 8000,
  smallestPower: 1e-10,
  rangeDb: 80,
};

/** Periodic Hann window: [length], 0 to 1. */
export function hannWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

/** Number of frequencies of a one-sided transform. */
export function frequencyCount(settings: MfccSettings): number {
  return settings.fftLength / 2 + 1;
}

/** Triangular HTK mel filters, peak 1: [melBands, frequencies], row-major. */
export function melFilters(settings: MfccSettings): Float64Array {
  const { melBands, sampleRateHz, lowestHz, highestHz } = settings;
  const frequencies = frequencyCount(settings);
  const lowestMel = hzToMel(lowestHz);
  const stepMel = (hzToMel(highestHz) - lowestMel) / (melBands + 1);
  const cornersHz = Array.from({ length: melBands + 2 }, (_, index) => melToHz(lowestMel + index * stepMel));
  const filters = new Float64Array(melBands * frequencies);
  for (let band = 0; band < melBands; band++) {
    const [left, centre, right] = cornersHz.slice(band, band + 3) as [number, number, number];
    for (let k = 0; k < frequencies; k++) {
      const hz = (k * sampleRateHz) / settings.fftLength;
      const rising = (hz - left) / (centre - left);
      const falling = (right - hz) / (right - centre);
      filters[band * frequencies + k] = Math.max(0, Math.min(rising, falling));
    }
  }
  return filters;
}

/** Orthonormal DCT-II: [coefficients, melBands], row-major. */
export function cosineTransform(settings: MfccSettings): Float64Array {
  const { coefficients, melBands } = settings;
  const table = new Float64Array(coefficients * melBands);
  for (let k = 0; k < coefficients; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / melBands);
    for (let n = 0; n < melBands; n++) {
      table[k * melBands + n] = scale * Math.cos((Math.PI / melBands) * (n + 0.5) * k);
    }
  }
  return table;
}

function hzToMel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function melToHz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}
