import type { UploadEncoding } from '../../contract/registry/sync.ts';

/** A recording as it travels. */
export interface PackedAudio {
  readonly encoding: UploadEncoding;
  readonly bytes: Uint8Array;
}

/** Makes a stored WAV smaller without losing a bit. The same WAV always gives the same bytes. */
export interface AudioPacking {
  /** Unpacked again and compared byte by byte before it is given; a WAV that cannot be packed so travels as it is. */
  pack(wav: Uint8Array): Promise<PackedAudio>;
}
