import { expect, it } from 'vitest';
import { bytesOf, describeBlobs, inChunks } from './blobs.contract.ts';
import { memoryBlobs } from './blobs.memory.ts';

describeBlobs('the memory', () => {
  const blobs = memoryBlobs();
  return Promise.resolve({
    blobs,
    leftovers: () => Promise.resolve(blobs.keys()),
    discard: () => Promise.resolve(),
  });
});

it('runs full without losing what it holds, when it is told to', async () => {
  const blobs = memoryBlobs();
  blobs.setCapacity(1500);
  await blobs.put('a', inChunks(bytesOf(1000)));
  await expect(blobs.put('b', inChunks(bytesOf(1000)))).rejects.toMatchObject({ kind: 'full' });
  expect(blobs.keys()).toEqual(['a']);
});
