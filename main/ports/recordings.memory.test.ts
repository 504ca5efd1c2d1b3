import { expect, it } from 'vitest';
import { memoryHashing } from './hashing.memory.ts';
import { codeOf, describeRecordings, newTake, pcmOf, valueOf } from './recordings.contract.ts';
import { memoryRecordings } from './recordings.memory.ts';

describeRecordings('the memory recordings', () => {
  const recordings = memoryRecordings({ hashing: memoryHashing() });
  return Promise.resolve({
    recordings,
    restart: () => {
      recordings.restart();
      return Promise.resolve(recordings);
    },
    discard: () => Promise.resolve(),
  });
});

it('runs out of room without losing what came before, when it is told to', async () => {
  const recordings = memoryRecordings({ hashing: memoryHashing(), freeBytes: 1000 });
  const takeId = newTake();
  await recordings.open({ takeId, sampleRateHz: 8000 });
  const chunk = { sequence: 0, firstFrame: 0, pcm: pcmOf(0, 400) };
  const codes = [
    await recordings.append(takeId, chunk),
    await recordings.append(takeId, { ...chunk, sequence: 1, firstFrame: 400 }),
  ].map(codeOf);
  recordings.setFreeBytes(10_000);
  expect([codes, valueOf(await recordings.finish(takeId)).frameCount]).toEqual([['ok', 'disk-full'], 400]);
});

it('has a damaged take, when it is told to', async () => {
  const recordings = memoryRecordings({ hashing: memoryHashing() });
  const takeId = newTake();
  await recordings.open({ takeId, sampleRateHz: 8000 });
  await recordings.append(takeId, { sequence: 0, firstFrame: 0, pcm: pcmOf(0, 400) });
  await recordings.finish(takeId);
  recordings.damage(takeId);
  expect(codeOf(await recordings.read(takeId))).toBe('take-damaged');
});
