import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import {
  answerSignatureHeader,
  answerSigningText,
  askSignatureHeader,
} from '../../../contract/registry/sync.ts';
import type { Signing } from '../../ports/signing.ts';

const prefix = '/sync/v1/';

/**
 * Signs every answer to a workstation, refusals too, so that nothing on the way can answer in the registry's place; on
 * other routes, whoever asks for it by a header. An answer without a body is signed over the empty one; a stream is not
 * signed, its hash is in the feed or in its session.
 */
export function signAnswers(app: FastifyInstance, signing: Signing): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const path = request.raw.url ?? '';
    const bytes = payload ?? '';
    const isAsked = path.startsWith(prefix) || request.headers[askSignatureHeader] !== undefined;
    if (isAsked && (typeof bytes === 'string' || bytes instanceof Uint8Array)) {
      const text = answerSigningText({
        requestId: request.id,
        method: request.method,
        path,
        status: reply.statusCode,
        bodySha256: createHash('sha256').update(bytes).digest('hex'),
      });
      void reply.header(answerSignatureHeader, `${signing.answerKey.keyId}.${signing.sign(text)}`);
    }
    done(null, payload);
  });
}
