/** A WAV or FLAC file into a step, part by part. */
import type { SessionId } from '../../contract/ids.ts';
import type { Result } from '../../contract/result.ts';
import type { Take } from '../../contract/session.ts';
import type { Call } from '../api/index.ts';
import { toBase64 } from '../audio/pcm.ts';

const partBytes = 1024 * 1024;

export interface FileToImport {
  readonly size: number;
  readonly slice: (from: number, to: number) => { readonly arrayBuffer: () => Promise<ArrayBuffer> };
}

export async function importTake(
  call: Call,
  target: { readonly sessionId: SessionId; readonly stepKey: string },
  file: FileToImport,
  onProgress: (share: number) => void,
): Promise<Result<Take>> {
  if (file.size === 0) return { ok: false, problem: { code: 'audio-empty' } };
  const started = await call('import.start', { ...target, sizeBytes: file.size });
  if (!started.ok) return started;
  const { importId } = started.value;
  for (let offsetBytes = 0; offsetBytes < file.size; offsetBytes += partBytes) {
    const part = await readPart(file, offsetBytes);
    if (!part.ok) return part;
    const sent = await call('import.append', { importId, offsetBytes, bytes: toBase64(part.value) });
    if (!sent.ok) return sent;
    onProgress(Math.min(1, (offsetBytes + partBytes) / file.size));
  }
  return call('import.finish', { importId });
}

/** A file may vanish while it is read: a stick that was pulled out. */
async function readPart(file: FileToImport, offsetBytes: number): Promise<Result<Uint8Array>> {
  try {
    const part = file.slice(offsetBytes, Math.min(file.size, offsetBytes + partBytes));
    return { ok: true, value: new Uint8Array(await part.arrayBuffer()) };
  } catch (cause) {
    return { ok: false, problem: { code: 'audio-file-missing', cause } };
  }
}
