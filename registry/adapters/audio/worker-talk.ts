import type { UploadEncoding } from '../../../contract/registry/sync.ts';
import type { AudioCheck } from '../../ports/audio-check.ts';

export type Described = Awaited<ReturnType<AudioCheck['describe']>>;

/** `job` is a number that this process has given to one recording. */
export type ToWorker =
  | {
      readonly kind: 'piece';
      readonly job: number;
      readonly encoding: UploadEncoding;
      readonly bytes: Uint8Array;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  /** The source failed: nobody waits for an answer. */
  | { readonly kind: 'drop'; readonly job: number };

export type FromWorker =
  /** A piece was used up, so another may come. */
  | { readonly kind: 'more'; readonly job: number }
  | { readonly kind: 'described'; readonly job: number; readonly described: Described }
  /** A mistake of the program, not of the file. */
  | { readonly kind: 'failed'; readonly job: number; readonly message: string };
