import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV7 } from '../../contract/uuid-v7.ts';
import type { UploadMetadata } from '../../contract/registry/sync.ts';
import {
  faultOfAnnouncement,
  isStrayPart,
  partKey,
  partName,
  readPartKey,
  readUploadMetadata,
  type UploadFacts,
} from './uploads.ts';

const id = (last: number): string => uuidV7(Date.UTC(2026, 2, 9), new Uint8Array(10).fill(last));
const sha256 = 'a'.repeat(64);
const metadata = { takeId: id(1), sessionId: id(2), encoding: 'flac', sha256 } as UploadMetadata;
const encoded = (fields: Readonly<Record<string, string>>, between = ','): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(between);

describe('the metadata of an upload', () => {
  it.each([',', ', '])('are read as tus writes them, with %j between', (between) => {
    expect(readUploadMetadata(encoded(metadata, between))).toEqual(metadata);
  });

  it.each([
    ['nothing', ''],
    ['a key without a value', 'takeId'],
    ['a key that is missing', encoded({ takeId: id(1), sessionId: id(2), encoding: 'flac' })],
    ['a key too many', encoded({ ...metadata, filename: 'ana.wav' })],
    ['a key twice', `${encoded(metadata)},${encoded({ takeId: id(3) })}`],
    ['an id of another kind', encoded({ ...metadata, takeId: '../../etc/passwd' })],
    ['an encoding of another kind', encoded({ ...metadata, encoding: 'mp3' })],
    ['no base64', 'takeId ***,sessionId a,encoding b,sha256 c'],
    ['three words', `${encoded(metadata)} more`],
  ])('are refused where there is %s', (_, header) => {
    expect(readUploadMetadata(header)).toBeUndefined();
  });

  it('are nothing, or what they should be, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (header) => {
        expect(readUploadMetadata(header)).toBeUndefined();
      }),
    );
  });
});

describe('an announced file', () => {
  const take = { wavSha256: sha256, wavBytes: 100_000 };
  it.each([
    ['wav', 100_000, sha256, undefined],
    ['wav', 99_999, sha256, 'length'],
    ['wav', 100_000, 'b'.repeat(64), 'hash'],
    ['flac', 50_000, 'b'.repeat(64), undefined],
    ['flac', 101_000, 'b'.repeat(64), undefined],
    ['flac', 300_000, 'b'.repeat(64), 'length'],
  ] as const)('of %s with %i bytes and hash %.1s has the fault %s', (encoding, lengthBytes, hash, fault) => {
    expect(faultOfAnnouncement({ encoding, lengthBytes, sha256: hash }, take)).toBe(fault);
  });
});

describe('a part in the blob store', () => {
  const name = partName(500, Uint8Array.of(1, 255));
  const upload = (change: Partial<UploadFacts>): UploadFacts => ({
    ...metadata,
    id: id(9),
    lengthBytes: 1000,
    offsetBytes: 600,
    parts: [],
    state: 'open',
    reason: null,
    touchedAt: '2026-03-09T12:00:00.000Z',
    ...change,
  });

  it('is found again by its key', () => {
    expect(readPartKey(partKey(id(9), name))).toEqual({ uploadId: id(9), name, offsetBytes: 500 });
    expect(readPartKey('uploads/x')).toBeUndefined();
  });

  it.each([
    ['of no upload', undefined, true],
    ['of a stored upload', upload({ state: 'stored' }), true],
    ['of a refused upload', upload({ state: 'refused' }), true],
    ['that the upload names', upload({ parts: [name] }), false],
    ['that lost the race for its place', upload({ parts: ['500-77'] }), true],
    ['that is arriving', upload({ offsetBytes: 500 }), false],
    ['that lost it while the whole is checked', upload({ state: 'checking', offsetBytes: 1000 }), true],
  ])('%s is stray: %s', (_, row, isStray) => {
    expect(isStrayPart({ name, offsetBytes: 500 }, row)).toBe(isStray);
  });
});
