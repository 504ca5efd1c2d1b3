import { expect, it } from 'vitest';
import { importIdSchema, sessionIdSchema } from '../../contract/ids.ts';
import { fail, ok } from '../../contract/result.ts';
import { createClient } from '../api/client.ts';
import { memoryTransport } from '../api/transport.memory.ts';
import { fromBase64 } from '../audio/pcm.ts';
import { importTake, type FileToImport } from './import-take.ts';

const target = {
  sessionId: sessionIdSchema.parse('019a0000-0000-7000-8000-000000000001'),
  stepKey: 'sustentada',
};
const importId = importIdSchema.parse('019a0000-0000-7000-8000-000000000009');

function main() {
  const received: number[] = [];
  const transport = memoryTransport({
    'import.start': () => ok({ importId }),
    'import.append': ({ offsetBytes, bytes }) => {
      expect(offsetBytes).toBe(received.length);
      for (const byte of fromBase64(String(bytes))) received.push(byte);
      return ok({ receivedBytes: received.length });
    },
    'import.finish': () => fail('audio-truncated'),
  });
  return { received, transport, call: createClient(transport).call };
}

it('hands a file over whole, in order, and gives the answer of main on', async () => {
  const bytes = Uint8Array.from({ length: 2_400_000 }, (_, index) => index % 253);
  const { call, received } = main();
  const shares: number[] = [];
  const result = await importTake(call, target, new Blob([bytes]), (share) => shares.push(share));
  expect(result).toEqual(fail('audio-truncated'));
  expect(Buffer.compare(Uint8Array.from(received), bytes)).toBe(0);
  expect(shares).toEqual([1048576 / 2_400_000, 2097152 / 2_400_000, 1]);
});

it('names an empty file and one that is gone, and asks main for nothing', async () => {
  const { call, transport } = main();
  expect(await importTake(call, target, new Blob([]), () => undefined)).toEqual(fail('audio-empty'));
  expect(transport.asked).toEqual([]);
  const gone: FileToImport = {
    size: 10,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }),
  };
  expect(await importTake(call, target, gone, () => undefined)).toMatchObject({
    problem: { code: 'audio-file-missing' },
  });
});
