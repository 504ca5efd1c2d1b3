/**
 * Blobs in a bucket of any S3-compatible store. A stream goes there in parts of some megabytes, because S3 wants to know
 * the length of what it is given at once; a store shows the object only when the last part is in.
 */
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BlobFailure, checkBlobKey, type Blobs } from '../../ports/blobs.ts';

export interface S3BlobsOptions {
  readonly bucket: string;
  readonly region: string;
  /** Absent: Amazon's own for the region. */
  readonly endpoint?: string | undefined;
  /** Absent: from the environment, as Amazon's client finds them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`; most stores other than Amazon's want it. */
  readonly forcePathStyle?: boolean | undefined;
  /** Put before every key, with its slash, so that a bucket can be shared; empty by default. */
  readonly prefix?: string | undefined;
}

export interface S3Blobs extends Blobs {
  /** Lets go of the connections. */
  close(): void;
}

/** S3 takes no part under 5 MiB but the last, and 10 000 parts: 80 GB at most. */
const partBytes = 8 * 1024 * 1024;
const connectWithinMs = 10_000;
const answerWithinMs = 60_000;

export function createS3Blobs(options: S3BlobsOptions): S3Blobs {
  const { bucket, region, endpoint, credentials, forcePathStyle = false, prefix = '' } = options;
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // The newer checksums of Amazon's are unknown to many compatible stores; SHA-256 is compared by the registry itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectWithinMs, requestTimeout: answerWithinMs },
  });
  const at = (key: string) => {
    checkBlobKey(key);
    return { Bucket: bucket, Key: `${prefix}${key}` };
  };

  async function sizeOf(key: string): Promise<number | undefined> {
    const place = at(key);
    return unlessMissing(async () => {
      const { ContentLength } = await client.send(new HeadObjectCommand(place));
      if (ContentLength === undefined) throw new BlobFailure('unavailable', 'the store tells no length');
      return ContentLength;
    });
  }

  async function* read(key: string, start: number, end: number): AsyncGenerator<Uint8Array, void> {
    if (start >= end) return;
    const range = `bytes=${String(start)}-${String(end - 1)}`;
    const got = await unlessMissing(() => client.send(new GetObjectCommand({ ...at(key), Range: range })));
    if (got?.Body === undefined) throw new BlobFailure('damaged', 'the blob has gone');
    let left = end - start;
    try {
      for await (const chunk of got.Body as AsyncIterable<Uint8Array>) {
        // Some stores give more than they were asked for.
        const wanted = chunk.subarray(0, left);
        left -= wanted.length;
        if (wanted.length > 0) yield wanted;
        if (left === 0) return;
      }
    } catch (error) {
      throw translated(error);
    }
    throw new BlobFailure('damaged', 'the store gave less than it told');
  }

  return {
    async put(key, chunks) {
      const place = at(key);
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const parts = inParts(chunks, (chunk) => {
        hash.update(chunk);
        sizeBytes += chunk.length;
      });
      const first = await parts.next();
      const second = await parts.next();
      if (second.done === true) {
        const Body = first.value ?? Buffer.alloc(0);
        await guarded(() =>
          client.send(new PutObjectCommand({ ...place, Body, ContentLength: Body.length })),
        );
      } else {
        await putParts(client, place, joined(first.value, second.value, parts));
      }
      return { sizeBytes, sha256: hash.digest('hex') };
    },

    async get(key, range = {}) {
      const sizeBytes = await sizeOf(key);
      if (sizeBytes === undefined) return undefined;
      const end = Math.min(range.end ?? sizeBytes, sizeBytes);
      return { sizeBytes, chunks: read(key, range.start ?? 0, end) };
    },

    async *read(key) {
      const got = await unlessMissing(() => client.send(new GetObjectCommand(at(key))));
      if (got?.Body === undefined) throw new BlobFailure('damaged', 'there is no such blob');
      let bytes = 0;
      try {
        for await (const chunk of got.Body as AsyncIterable<Uint8Array>) {
          bytes += chunk.length;
          yield chunk;
        }
      } catch (error) {
        throw translated(error);
      }
      if (bytes !== got.ContentLength) throw new BlobFailure('damaged', 'the store gave less than it told');
    },

    async info(key) {
      const sizeBytes = await sizeOf(key);
      return sizeBytes === undefined ? undefined : { key, sizeBytes };
    },

    async delete(key) {
      const place = at(key);
      await unlessMissing(() => client.send(new DeleteObjectCommand(place)));
    },

    async *list(keyPrefix) {
      let ContinuationToken: string | undefined;
      do {
        const page = await guarded(() =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: `${prefix}${keyPrefix}`,
              ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
            }),
          ),
        );
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key !== undefined) yield { key: Key.slice(prefix.length), sizeBytes: Size ?? 0 };
        }
        ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },

    async check() {
      await guarded(() => client.send(new HeadBucketCommand({ Bucket: bucket })));
    },

    close() {
      client.destroy();
    },
  };
}

async function putParts(
  client: S3Client,
  place: { readonly Bucket: string; readonly Key: string },
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { UploadId } = await guarded(() => client.send(new CreateMultipartUploadCommand(place)));
  try {
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for await (const Body of parts) {
      const PartNumber = Parts.length + 1;
      const { ETag } = await guarded(() =>
        client.send(
          new UploadPartCommand({ ...place, UploadId, PartNumber, Body, ContentLength: Body.length }),
        ),
      );
      Parts.push({ PartNumber, ETag });
    }
    await guarded(() =>
      client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } })),
    );
  } catch (error) {
    // Parts that cannot be given back now fall to the bucket's own rule for unfinished uploads (docs/adr).
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => undefined);
    throw error;
  }
}

/** The stream in pieces of `partBytes`, the last of what is left. */
async function* inParts(
  chunks: AsyncIterable<Uint8Array>,
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    seen(chunk);
    for (let rest = chunk; rest.length > 0;) {
      const piece = rest.subarray(0, partBytes - heldBytes);
      rest = rest.subarray(piece.length);
      // A copy: whoever made the chunk may use its memory again.
      held.push(piece.slice());
      heldBytes += piece.length;
      if (heldBytes < partBytes) continue;
      yield Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

async function* joined(
  first: Uint8Array | undefined | void,
  second: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  if (first instanceof Uint8Array) yield first;
  yield second;
  yield* rest;
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
      if (error.name === 'NoSuchBucket') throw translated(error);
      return undefined;
    }
    throw translated(error);
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}

/** Whatever the client throws; the store's own words stay in the cause. */
function translated(cause: unknown): BlobFailure {
  if (cause instanceof BlobFailure) return cause;
  const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
  const name = cause instanceof Error ? cause.name : 'unknown';
  const isFull = status === 507 || /StorageFull|QuotaExceeded|EntityTooLarge/u.test(name);
  return isFull
    ? new BlobFailure('full', `the object store takes no more: ${name}`, { cause })
    : new BlobFailure('unavailable', `the object store does not do what it should: ${name}`, { cause });
}
