import { fail, ok, type Result } from '../../contract/result.ts';
import type { ModelFolder, ModelPackages, ReceivedModel } from './model-packages.ts';

/** A model that was packed somewhere else. */
export interface PackedModel extends Omit<ReceivedModel, 'pack' | 'discard'> {
  readonly package: Uint8Array;
}

/** Knows the packages that it is given, by their bytes; everything else is no package. */
export function memoryModelPackages(models: readonly PackedModel[] = []): ModelPackages {
  const receive = async (chunks: AsyncIterable<Uint8Array>): Promise<Result<ReceivedModel>> => {
    const bytes = await collect(chunks);
    const model = models.find((one) => isSame(one.package, bytes));
    if (model === undefined) return fail('model-invalid', { reason: 'not-a-tar' });
    return ok({
      ...model,
      async *pack() {
        yield model.package;
      },
      discard: () => Promise.resolve(),
    });
  };
  return {
    receive,
    async open(sha256, fetch): Promise<Result<ModelFolder>> {
      const chunks = await fetch();
      if (chunks === undefined) return fail('model-not-found', { sha256 });
      const received = await receive(chunks);
      if (!received.ok) return received;
      return received.value.sha256 === sha256
        ? received
        : fail('model-hash-mismatch', { file: 'manifest.json' });
    },
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of chunks) {
    pieces.push(piece.slice());
    length += piece.length;
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
