/** AES-256-GCM over one file's frames, under a key of its own. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  boundTo,
  encodeFileHeader,
  encodeFrameHeader,
  frameHeaderBytes,
  nonceBytes,
  readFrameHeader,
  tagBytes,
  type FileHeader,
} from '../../core/recording-frames.ts';

export interface FrameCipher {
  readonly fileHeader: Uint8Array;
  /** A whole frame, ready to be written. The nonce is random: a frame that is written again differs. */
  seal(index: number, content: Uint8Array): Buffer;
  /** The content of a frame that stands for `index`; undefined where a single bit of it is not as it was written. */
  open(index: number, frame: Uint8Array): Buffer | undefined;
}

export function frameCipher(key: Uint8Array, header: FileHeader): FrameCipher {
  const fileHeader = encodeFileHeader(header);
  return {
    fileHeader,
    seal(index, content) {
      const nonce = randomBytes(nonceBytes);
      const frameHeader = encodeFrameHeader({ index, length: content.length, nonce });
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(boundTo(fileHeader, frameHeader));
      const hidden = cipher.update(content);
      return Buffer.concat([frameHeader, hidden, cipher.final(), cipher.getAuthTag()]);
    },
    open(index, frame) {
      const frameHeader = readFrameHeader(frame);
      if (frameHeader?.index !== index) return undefined;
      if (frame.length !== frameHeaderBytes + frameHeader.length + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, frameHeader.nonce, { authTagLength: tagBytes });
      decipher.setAAD(boundTo(fileHeader, frame));
      decipher.setAuthTag(frame.subarray(frame.length - tagBytes));
      const content = decipher.update(frame.subarray(frameHeaderBytes, frame.length - tagBytes));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return content;
    },
  };
}
