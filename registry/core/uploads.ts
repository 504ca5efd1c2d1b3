/** What a resumable upload is and when it is refused, without doing anything. The wire is tus 1.0.0 (tus.io). */
import { bytesFromBase64 } from '../../contract/base64.ts';
import type { Json } from '../../contract/canonical-json.ts';
import {
  maximumUploadBytes,
  uploadMetadataSchema,
  type UploadEncoding,
  type UploadMetadata,
} from '../../contract/registry/sync.ts';

/** What arrives is made durable in pieces of at most this many bytes; so much a killed registry may cost a sender. */
export const uploadPartBytes = 256 * 1024;
/** A recording of at most so many bytes, sent in one go, is held whole in memory and stored at once... */
export const heldUploadBytes = 2 * 1024 * 1024;
/** ...unless the line is so slow that it is not here by then: from then on it is made durable in parts. */
export const heldForMs = 4000;
/** An upload that nobody went on with for so long is given up. */
export const uploadExpiryMs = 7 * 24 * 60 * 60 * 1000;
/**
 * A registry that checks an upload and says nothing for so long is taken for dead, and another checks it again. It says
 * so three times as often; the sender of a recording waits this long after a crash, and no longer.
 */
export const checkingLeaseMs = 30 * 1000;

/** The parts of the row that decide; `parts` are names of blobs under `uploads/<id>/`. */
export interface UploadFacts {
  readonly id: string;
  readonly takeId: string;
  readonly sessionId: string;
  readonly encoding: string;
  readonly sha256: string;
  readonly lengthBytes: number;
  readonly offsetBytes: number;
  readonly parts: Json;
  readonly state: 'open' | 'checking' | 'stored' | 'refused';
  readonly reason: string | null;
  readonly touchedAt: string;
}

export const partsPrefix = 'uploads/';

export function partKey(uploadId: string, name: string): string {
  return `${partsPrefix}${uploadId}/${name}`;
}

/** Unique for each try: a part that lost the race for its offset never replaces the one that won. */
export function partName(offsetBytes: number, nonce: Uint8Array): string {
  const hex = Array.from(nonce, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${String(offsetBytes)}-${hex}`;
}

/** Undefined where the key is no part's. */
export function readPartKey(
  key: string,
): { readonly uploadId: string; readonly name: string; readonly offsetBytes: number } | undefined {
  const found = /^uploads\/([^/]+)\/((\d+)-[0-9a-f]+)$/u.exec(key);
  return found === null ? undefined : { uploadId: found[1]!, name: found[2]!, offsetBytes: Number(found[3]) };
}

export function partNames(upload: Pick<UploadFacts, 'parts'>): readonly string[] {
  return Array.isArray(upload.parts) ? (upload.parts as readonly Json[]).map(String) : [];
}

/** Where the whole file goes. It holds the upload's id, so that no two uploads of a take ever write to one place. */
export function takeBlobKey(upload: Pick<UploadFacts, 'id' | 'sessionId' | 'takeId' | 'encoding'>): string {
  return `takes/${upload.sessionId}/${upload.takeId}.${upload.id}.${upload.encoding}`;
}

export function isComplete(upload: Pick<UploadFacts, 'lengthBytes' | 'offsetBytes'>): boolean {
  return upload.offsetBytes >= upload.lengthBytes;
}

export function isSameFile(
  upload: UploadFacts,
  offered: { readonly encoding: string; readonly sha256: string; readonly lengthBytes: number },
): boolean {
  return (
    upload.encoding === offered.encoding &&
    upload.sha256 === offered.sha256 &&
    upload.lengthBytes === offered.lengthBytes
  );
}

/** Whether the registry that began to check it must be dead. */
export function isLeaseOver(upload: Pick<UploadFacts, 'touchedAt'>, nowMs: number): boolean {
  return nowMs - Date.parse(upload.touchedAt) > checkingLeaseMs;
}

export function isExpired(upload: Pick<UploadFacts, 'touchedAt'>, nowMs: number): boolean {
  return nowMs - Date.parse(upload.touchedAt) > uploadExpiryMs;
}

/**
 * Why an upload failed for good, as a word on the wire. `transfer`: the bytes that came are not those of the announced
 * hash, so sending them again may help. After every other reason the same file would fail again.
 */
export const refusalReasons = [
  'transfer',
  'other-audio',
  'not-audio',
  'damaged',
  'unsupported',
  'length',
  'hash',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
/** Why an upload was ended that had no fault of its own. */
export type EndReason = 'superseded' | 'terminated' | 'expired';

export function isFaultOfFile(reason: string | null): boolean {
  return refusalReasons.some((known) => known === reason);
}

/** Whether sending the very same file again could end in anything else. */
export function isWorthAnotherTry(reason: string | null): boolean {
  return reason === 'transfer' || !isFaultOfFile(reason);
}

/**
 * Tus's Upload-Metadata (`key base64,key base64`, values optional) as what a take's upload has to say; undefined where
 * it says anything else, or the same twice.
 */
export function readUploadMetadata(header: string): UploadMetadata | undefined {
  const decoder = new Map<string, string>();
  for (const pair of header.split(',')) {
    const [key = '', value = '', ...more] = pair.trim().split(' ');
    const text = latin(bytesFromBase64(value));
    if (more.length > 0 || text === undefined || decoder.has(key)) return undefined;
    decoder.set(key, text);
  }
  const parsed = uploadMetadataSchema.safeParse(Object.fromEntries(decoder));
  return parsed.success ? parsed.data : undefined;
}

/** Every value is an id, a hash or a word: nothing beyond ASCII can be right, whatever its coding. */
function latin(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** FLAC of pure noise is a little longer than its WAV: frame headers and the metadata in front. */
const flacOverheadShare = 1.05;
const flacOverheadBytes = 64 * 1024;

/** What is wrong with the announced file itself, before a byte of it has come; undefined where it may come. */
export function faultOfAnnouncement(
  offered: { readonly encoding: UploadEncoding; readonly sha256: string; readonly lengthBytes: number },
  take: { readonly wavSha256: string; readonly wavBytes: number },
): RefusalReason | undefined {
  switch (offered.encoding) {
    case 'wav':
      if (offered.lengthBytes !== take.wavBytes) return 'length';
      return offered.sha256 === take.wavSha256 ? undefined : 'hash';
    case 'flac':
      return offered.lengthBytes <= take.wavBytes * flacOverheadShare + flacOverheadBytes
        ? undefined
        : 'length';
  }
}

export function isLengthAllowed(lengthBytes: number): boolean {
  return lengthBytes <= maximumUploadBytes;
}

/** What to do with a file under `uploads/` that was seen before the row was read. */
export function isStrayPart(
  part: { readonly name: string; readonly offsetBytes: number },
  upload: UploadFacts | undefined,
): boolean {
  if (upload === undefined || upload.state === 'stored' || upload.state === 'refused') return true;
  // At or behind the upload's end of today it may be in the middle of arriving.
  return part.offsetBytes < upload.offsetBytes && !partNames(upload).includes(part.name);
}
