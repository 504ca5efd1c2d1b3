/** A take's WAV from `main`, slice by slice. */
import type { SessionId, TakeId } from '../../contract/ids.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import type { Call } from '../api/index.ts';
import { fromBase64 } from '../audio/pcm.ts';

const sliceBytes = 1024 * 1024;

/** Of a session at the registry, or of this PC. */
export function loadTakeAudio(
  call: Call,
  takeId: TakeId,
  registrySession?: SessionId,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  return loadSlices((offsetBytes) => {
    const part = { takeId, offsetBytes, lengthBytes: sliceBytes };
    return registrySession === undefined
      ? call('recording.audio', part)
      : call('research.audio', { ...part, sessionId: registrySession });
  });
}

async function loadSlices(
  ask: (offsetBytes: number) => Promise<Result<{ readonly totalBytes: number; readonly bytes: string }>>,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const slices: Uint8Array[] = [];
  let received = 0;
  let totalBytes = Number.POSITIVE_INFINITY;
  while (received < totalBytes) {
    const slice = await ask(received);
    if (!slice.ok) return slice;
    const bytes = fromBase64(slice.value.bytes);
    totalBytes = slice.value.totalBytes;
    if (bytes.length === 0 && received < totalBytes) return fail('take-damaged');
    slices.push(bytes);
    received += bytes.length;
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (const slice of slices) {
    whole.set(slice, at);
    at += slice.length;
  }
  return ok(whole);
}
