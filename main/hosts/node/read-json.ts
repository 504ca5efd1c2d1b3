import type { IncomingMessage } from 'node:http';
import { fail, ok, type Result } from '../../../contract/result.ts';

/** The body as JSON: `too-large` as soon as that is known, `invalid-input` when it is anything but JSON in UTF-8. */
export async function readJson(request: IncomingMessage, maximumBytes: number): Promise<Result<unknown>> {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/iu.test(request.headers['content-type'] ?? '')) {
    return fail('invalid-input', { expected: 'application/json' });
  }
  if (request.headers['content-encoding'] !== undefined) return fail('invalid-input');
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes)
    return fail('too-large', { maximumBytes });
  const body = await readBody(request, maximumBytes);
  if (!body.ok) return body;
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body.value)));
  } catch (cause) {
    return fail('invalid-input', { expected: 'application/json' }, cause);
  }
}

function readBody(request: IncomingMessage, maximumBytes: number): Promise<Result<Buffer>> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (part: Buffer) => {
      sizeBytes += part.byteLength;
      if (sizeBytes <= maximumBytes) {
        parts.push(part);
        return;
      }
      // Paused and not destroyed: the answer still has to go out over the same connection.
      request.pause();
      resolve(fail('too-large', { maximumBytes }));
    });
    request.once('end', () => resolve(ok(Buffer.concat(parts))));
    request.once('close', () => resolve(fail('invalid-input', { reason: 'incomplete' })));
    request.once('error', (cause) => resolve(fail('invalid-input', { reason: 'incomplete' }, cause)));
  });
}
