import { expect, it } from 'vitest';
import { sessionIdSchema, takeIdSchema } from '../../contract/ids.ts';
import { fail, ok } from '../../contract/result.ts';
import { createClient } from '../api/client.ts';
import { memoryTransport } from '../api/transport.memory.ts';
import { toBase64 } from '../audio/pcm.ts';
import { loadTakeAudio } from './take-audio.ts';

const takeId = takeIdSchema.parse('019a0000-0000-7000-8000-000000000002');

it('puts the slices of a take together, byte for byte', async () => {
  const file = Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * 7) % 251);
  const transport = memoryTransport({
    'recording.audio': ({ offsetBytes, lengthBytes }) =>
      ok({
        totalBytes: file.length,
        bytes: toBase64(file.subarray(offsetBytes, offsetBytes + lengthBytes)),
      }),
  });
  const loaded = await loadTakeAudio(createClient(transport).call, takeId);
  expect(loaded.ok && Buffer.compare(loaded.value, file)).toBe(0);
  expect(transport.asked).toHaveLength(3);
});

it('asks the registry for what is there', async () => {
  const sessionId = sessionIdSchema.parse('019a0000-0000-7000-8000-000000000001');
  const transport = memoryTransport({
    'research.audio': () => ok({ totalBytes: 3, bytes: toBase64(Uint8Array.of(1, 2, 3)) }),
  });
  const loaded = await loadTakeAudio(createClient(transport).call, takeId, sessionId);
  expect(loaded.ok && [...loaded.value]).toEqual([1, 2, 3]);
  expect(transport.asked[0]?.input).toMatchObject({ sessionId, takeId, offsetBytes: 0 });
});

it('gives the problem on, and calls a file that ends early damaged', async () => {
  const answering = (answer: Parameters<typeof memoryTransport>[0]['recording.audio'] & {}) =>
    loadTakeAudio(createClient(memoryTransport({ 'recording.audio': answer })).call, takeId);
  expect(await answering(() => fail('take-not-found'))).toEqual(fail('take-not-found'));
  expect(await answering(() => ok({ totalBytes: 10, bytes: '' }))).toEqual(fail('take-damaged'));
});
