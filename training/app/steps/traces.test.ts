import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../contract/sha256.ts';
import { done } from '../../core/outcome.ts';
import { memoryContents } from '../../ports/contents.memory.ts';
import { eraseTraces, noteTrace } from './traces.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
let contents: ReturnType<typeof memoryContents>;
let ports: Parameters<typeof noteTrace>[0];
beforeEach(() => {
  contents = memoryContents((bytes) => sha256(bytes));
  ports = { contents, surroundings: { sha256: (bytes) => sha256(bytes), toBytes: bytesOf } };
});

async function put(text: string): Promise<string> {
  const stored = await contents.put(bytesOf(text));
  if (!stored.ok) throw new Error(stored.refusal.what);
  return stored.value.sha256;
}
const isThere = async (hash: string): Promise<boolean> => {
  const has = await contents.has(hash);
  return has.ok && has.value;
};

describe('what was made of a session', () => {
  it('goes with all that was made of it in turn, and nothing else', async () => {
    const [wav, samples, features, other] = [
      await put('wav'),
      await put('samples'),
      await put('mfcc'),
      await put('b'),
    ];
    await noteTrace(ports, 'session a', [wav, samples]);
    await noteTrace(ports, 'session a', [samples]);
    await noteTrace(ports, samples, [features]);
    await noteTrace(ports, 'session b', [other]);
    expect(await eraseTraces(ports, 'session a')).toEqual(done(3));
    expect(await Promise.all([wav, samples, features, other].map(isThere))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('goes once, and again after it came again', async () => {
    const wav = await put('wav');
    await noteTrace(ports, 'a', [wav]);
    expect(await eraseTraces(ports, 'a')).toEqual(done(1));
    expect(await eraseTraces(ports, 'a')).toEqual(done(0));
    await put('wav');
    await noteTrace(ports, 'a', [wav]);
    expect(await eraseTraces(ports, 'a')).toEqual(done(1));
    expect(await isThere(wav)).toBe(false);
  });
});
