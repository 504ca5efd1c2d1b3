import type { UploadEncoding } from '../../contract/registry/sync.ts';

/** Decodes what was uploaded, to prove that it is the announced recording and to give it back as WAV. */
export interface AudioCheck {
  /**
   * Reads the encoded file through and describes the WAV that it stands for: SHA-256 (lower-case hexadecimal) and length
   * in bytes of the whole WAV file, as the workstation wrote it. Memory does not grow with the audio's length.
   */
  describe(
    encoding: UploadEncoding,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<
    | { readonly ok: true; readonly wavSha256: string; readonly wavBytes: number }
    | { readonly ok: false; readonly reason: 'not-audio' | 'damaged' | 'unsupported' }
  >;
  /** The WAV itself, in pieces. Throws in the middle of the stream when the file turns out damaged. */
  toWav(encoding: UploadEncoding, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}
