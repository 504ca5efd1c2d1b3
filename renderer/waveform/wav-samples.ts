/** Reads the WAV files of this product in the page: enough to draw them; whether they are whole, `main` has verified. */

export interface WavSamples {
  readonly sampleRateHz: number;
  /** Mono, -1 to 1; several channels are averaged. */
  readonly samples: Float32Array<ArrayBuffer>;
}

const integerPcm = 1;
const floatPcm = 3;
const extensible = 0xfffe;

/** RIFF WAVE with 16-, 24- or 32-bit integer or 32-bit float samples; undefined for anything else. */
export function parseWav(bytes: Uint8Array): WavSamples | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || text(view, 0) !== 'RIFF' || text(view, 8) !== 'WAVE') return undefined;
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (text(view, at) === 'fmt ' && size >= 16 && body + size <= bytes.length) format = formatAt(view, body);
    if (text(view, at) === 'data') {
      if (format === undefined) return undefined;
      return samplesAt(view, body, Math.min(size, bytes.length - body), format);
    }
    at = body + size + (size % 2);
  }
  return undefined;
}

interface Format {
  readonly kind: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

function formatAt(view: DataView, at: number): Format {
  const kind = view.getUint16(at, true);
  return {
    kind: kind === extensible ? view.getUint16(at + 24, true) : kind,
    channels: view.getUint16(at + 2, true),
    sampleRateHz: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function samplesAt(view: DataView, at: number, sizeBytes: number, format: Format): WavSamples | undefined {
  const read = readerOf(view, format);
  if (read === undefined || format.channels < 1 || format.sampleRateHz < 1) return undefined;
  const sampleBytes = format.bits / 8;
  const frameBytes = sampleBytes * format.channels;
  const samples = new Float32Array(Math.floor(sizeBytes / frameBytes));
  for (let frame = 0; frame < samples.length; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < format.channels; channel += 1) {
      sum += read(at + frame * frameBytes + channel * sampleBytes);
    }
    samples[frame] = sum / format.channels;
  }
  return { sampleRateHz: format.sampleRateHz, samples };
}

function readerOf(view: DataView, { kind, bits }: Format): ((at: number) => number) | undefined {
  if (kind === floatPcm && bits === 32) return (at) => view.getFloat32(at, true);
  if (kind !== integerPcm) return undefined;
  switch (bits) {
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23;
    case 32:
      return (at) => view.getInt32(at, true) / 2 ** 31;
    default:
      return undefined;
  }
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}
