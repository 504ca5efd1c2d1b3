import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWav, readWav, readWavHeader } from './wav.ts';

interface Parts {
  readonly formatTag?: number;
  readonly channelCount?: number;
  readonly sampleRateHz?: number;
  readonly bits?: number;
  readonly bytesPerFrame?: number;
  readonly extension?: Uint8Array;
  readonly before?: readonly Uint8Array[];
  readonly after?: readonly Uint8Array[];
  readonly data: Uint8Array;
  readonly declaredDataSizeBytes?: number;
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function chunk(id: string, body: Uint8Array, declaredSizeBytes = body.length): Uint8Array {
  const head = new Uint8Array(8);
  head.set([...id].map((letter) => letter.charCodeAt(0)));
  new DataView(head.buffer).setUint32(4, declaredSizeBytes, true);
  return join(head, body, new Uint8Array(body.length & 1));
}

function wav(parts: Parts): Uint8Array {
  const { formatTag = 1, channelCount = 1, sampleRateHz = 16_000, bits = 16 } = parts;
  const format = new Uint8Array(16);
  const view = new DataView(format.buffer);
  view.setUint16(0, formatTag, true);
  view.setUint16(2, channelCount, true);
  view.setUint32(4, sampleRateHz, true);
  view.setUint16(12, parts.bytesPerFrame ?? channelCount * Math.ceil(bits / 8), true);
  view.setUint16(14, bits, true);
  const body = join(
    ...(parts.before ?? []),
    chunk('fmt ', join(format, parts.extension ?? new Uint8Array(0))),
    chunk('data', parts.data, parts.declaredDataSizeBytes),
    ...(parts.after ?? []),
  );
  return join(chunk('RIFF', join(Uint8Array.from([87, 65, 86, 69]), body)));
}

function bytesOf(samples: ArrayBufferView): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function channelsOf(bytes: Uint8Array): number[][] {
  const read = readWav(bytes);
  if (!read.ok) throw new Error(read.problem.code);
  return read.value.channels.map((channel) => [...channel]);
}

function problemOf(bytes: Uint8Array) {
  const read = readWav(bytes);
  return read.ok ? 'no problem' : read.problem;
}

const extensible = (formatTag: number, validBits: number) =>
  Uint8Array.from([
    ...[22, 0, validBits, 0, 0, 0, 0, 0],
    ...[formatTag, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
  ]);

describe('readWav', () => {
  it('scales every integer width to the range from -1 to just below 1', () => {
    expect(channelsOf(wav({ bits: 8, data: Uint8Array.from([0, 128, 192, 255]) }))).toEqual([
      [-1, 0, 0.5, 127 / 128],
    ]);
    expect(channelsOf(wav({ bits: 16, data: bytesOf(Int16Array.of(-32768, 0, 16384, 32767)) }))).toEqual([
      [-1, 0, 0.5, 32767 / 32768],
    ]);
    const data24 = Uint8Array.from([0, 0, 0x80, 0, 0, 0, 0, 0, 0x40, 0xff, 0xff, 0x7f]);
    expect(channelsOf(wav({ bits: 24, data: data24 }))).toEqual([[-1, 0, 0.5, 8388607 / 8388608]]);
    expect(channelsOf(wav({ bits: 32, data: bytesOf(Int32Array.of(-(2 ** 31), 0, 2 ** 30)) }))).toEqual([
      [-1, 0, 0.5],
    ]);
  });

  it('takes float samples as they are, beyond full scale too', () => {
    expect(channelsOf(wav({ formatTag: 3, bits: 32, data: bytesOf(Float32Array.of(-1.5, 0.25)) }))).toEqual([
      [-1.5, 0.25],
    ]);
    expect(channelsOf(wav({ formatTag: 3, bits: 64, data: bytesOf(Float64Array.of(0.5, -0.125)) }))).toEqual([
      [0.5, -0.125],
    ]);
  });

  it('separates interleaved channels', () => {
    const data = bytesOf(Int16Array.of(16384, -16384, 0, 8192));
    expect(channelsOf(wav({ channelCount: 2, data }))).toEqual([
      [0.5, 0],
      [-0.5, 0.25],
    ]);
  });

  it('reads the extensible form, with fewer valid bits than the container', () => {
    const bytes = wav({
      formatTag: 0xfffe,
      bits: 32,
      extension: extensible(1, 24),
      data: bytesOf(Int32Array.of(2 ** 30)),
    });
    expect(channelsOf(bytes)).toEqual([[0.5]]);
    expect(readWavHeader(bytes)).toMatchObject({
      ok: true,
      value: { bitDepth: 24, bytesPerSample: 4, isFloat: false },
    });
    const float = wav({
      formatTag: 0xfffe,
      bits: 32,
      extension: extensible(3, 32),
      data: bytesOf(Float32Array.of(0.75)),
    });
    expect(channelsOf(float)).toEqual([[0.75]]);
  });

  it('steps over chunks it does not know, of odd length too, before and after the data', () => {
    const odd = chunk('LIST', Uint8Array.from([1, 2, 3]));
    const fact = chunk('fact', Uint8Array.from([2, 0, 0, 0]));
    const data = bytesOf(Int16Array.of(16384));
    expect(channelsOf(wav({ before: [odd, fact], after: [odd], data }))).toEqual([[0.5]]);
  });

  it.each([0, 0xffff_ffff, 0x7fff_ffff, 0x7fff_f000])(
    'reads to the end when the writer left the size %d',
    (size) => {
      const data = bytesOf(Int16Array.of(16384, -16384, 0));
      const bytes = wav({ data, declaredDataSizeBytes: size });
      expect(channelsOf(bytes)).toEqual([[0.5, -0.5, 0]]);
      expect(readWavHeader(bytes)).toMatchObject({
        ok: true,
        value: { completeness: 'streamed', missingBytes: 0 },
      });
    },
  );

  it('drops the half sample at which a streamed file was cut', () => {
    const data = Uint8Array.from([0, 0x40, 7]);
    expect(channelsOf(wav({ data, declaredDataSizeBytes: 0xffff_ffff }).subarray(0, -1))).toEqual([[0.5]]);
  });

  it('says how much is missing from a truncated file', () => {
    const whole = wav({ data: bytesOf(new Int16Array(1000)) });
    expect(problemOf(whole.subarray(0, whole.length - 500))).toEqual({
      code: 'audio-truncated',
      details: { format: 'wav', missingBytes: 500, declaredBytes: 2000, seconds: 750 / 16_000 },
    });
  });

  it('names each way in which a header can be wrong', () => {
    const data = bytesOf(Int16Array.of(1, 2));
    const whole = wav({ data });
    const code = (bytes: Uint8Array) => {
      const problem = problemOf(bytes);
      return typeof problem === 'string'
        ? problem
        : [problem.code, problem.details?.['reason']].join(' ').trim();
    };
    const noFormat = join(chunk('RIFF', join(Uint8Array.from([87, 65, 86, 69]), chunk('data', data))));
    const noData = join(whole.subarray(0, 36));
    new DataView(noData.buffer).setUint32(4, 28, true);
    expect({
      notRiff: code(Uint8Array.from([1, 2, 3, 4, 5])),
      otherRiff: code(join(whole.subarray(0, 8), Uint8Array.from([65, 86, 73, 32]), whole.subarray(12))),
      cutInHeader: code(whole.subarray(0, 30)),
      cutAtOnce: code(whole.subarray(0, 10)),
      noFormat: code(noFormat),
      noData: code(noData),
      noSamples: code(wav({ data: new Uint8Array(0) })),
      noSamplesButTags: code(wav({ data: new Uint8Array(0), after: [chunk('LIST', new Uint8Array(6))] })),
      noChannels: code(wav({ channelCount: 0, bytesPerFrame: 2, data })),
      wrongBlockAlign: code(wav({ bytesPerFrame: 3, data })),
      halfFrame: code(wav({ channelCount: 2, data: new Uint8Array(6) })),
      adpcm: code(wav({ formatTag: 2, data })),
      muLawExtensible: code(wav({ formatTag: 0xfffe, extension: extensible(7, 16), data })),
      shortExtensible: code(wav({ formatTag: 0xfffe, data })),
      halfFloat: code(wav({ formatTag: 3, bits: 16, data })),
      wideInteger: code(wav({ bits: 64, data: new Uint8Array(16) })),
      bigEndian: code(join(Uint8Array.from([82, 73, 70, 88]), whole.subarray(4))),
    }).toEqual({
      notRiff: 'audio-not-recognised',
      otherRiff: 'audio-not-recognised',
      cutInHeader: 'audio-truncated',
      cutAtOnce: 'audio-truncated',
      noFormat: 'audio-header-missing',
      noData: 'audio-empty no-data-chunk',
      noSamples: 'audio-empty no-samples',
      noSamplesButTags: 'audio-empty no-samples',
      noChannels: 'audio-damaged no-channels',
      wrongBlockAlign: 'audio-damaged block-align',
      halfFrame: 'audio-damaged partial-frame',
      adpcm: 'audio-unsupported coding',
      muLawExtensible: 'audio-unsupported coding',
      shortExtensible: 'audio-damaged format-chunk',
      halfFloat: 'audio-unsupported bit-depth',
      wideInteger: 'audio-unsupported bit-depth',
      bigEndian: 'audio-unsupported container',
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a float file with %d in it and says where',
    (bad) => {
      const samples = new Float32Array(16_001);
      samples[16_000] = bad;
      expect(problemOf(wav({ formatTag: 3, bits: 32, data: bytesOf(samples) }))).toEqual({
        code: 'audio-not-finite',
        details: { format: 'wav', seconds: 1 },
      });
    },
  );

  it('answers with a result, never an exception, whatever the bytes', () => {
    const whole = wav({ before: [chunk('LIST', new Uint8Array(5))], data: bytesOf(new Int16Array(30)) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length);
          for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
          const read = readWav(bytes);
          if (read.ok) expect(read.value.channels[0]!.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('readWavHeader', () => {
  it('judges a long file by its beginning and its size on disk', () => {
    const head = wav({ sampleRateHz: 48_000, data: new Uint8Array(0), declaredDataSizeBytes: 691_200_000 });
    expect(readWavHeader(head, head.length + 691_200_000)).toEqual({
      ok: true,
      value: {
        sampleRateHz: 48_000,
        channelCount: 1,
        bitDepth: 16,
        isFloat: false,
        bytesPerSample: 2,
        bytesPerFrame: 2,
        dataOffsetBytes: 44,
        declaredDataSizeBytes: 691_200_000,
        availableDataSizeBytes: 691_200_000,
        frameCount: 345_600_000,
        completeness: 'complete',
        missingBytes: 0,
      },
    });
  });
});

describe('encodeWav', () => {
  it('gives every 16-bit sample back exactly', () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const read = readWav(encodeWav({ samples, sampleRateHz: 16_000, bitDepth: 16 }));
    expect(read.ok && Int16Array.from(read.value.channels[0]!, (value) => value * 32_768)).toEqual(samples);
    const again = encodeWav({
      samples: read.ok ? read.value.channels[0]! : new Float32Array(0),
      sampleRateHz: 16_000,
      bitDepth: 16,
    });
    expect(again).toEqual(encodeWav({ samples, sampleRateHz: 16_000, bitDepth: 16 }));
  });

  it.each([16, 24, 'float32'] as const)('writes %s so that it reads back within half a step', (bitDepth) => {
    const step = bitDepth === 16 ? 1 / 32_768 : 1 / 8_388_608;
    const sample = fc.float({ min: -1, max: 1, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 40 }), (values) => {
        const bytes = encodeWav({ samples: Float32Array.from(values), sampleRateHz: 44_100, bitDepth });
        const [back] = channelsOf(bytes);
        // 1.0 itself is one step above the largest integer.
        back!.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(step));
        if (bitDepth === 'float32') expect(back).toEqual(values);
      }),
    );
  });

  it('clips what lies beyond full scale instead of wrapping it round', () => {
    const bytes = encodeWav({ samples: Float32Array.of(2, -2), sampleRateHz: 8_000, bitDepth: 16 });
    expect(channelsOf(bytes)).toEqual([[32_767 / 32_768, -1]]);
  });
});
