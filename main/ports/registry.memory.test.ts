import { memoryAudioPacking } from './audio-packing.memory.ts';
import { memoryRandomness } from './randomness.memory.ts';
import { describeRegistry } from './registry.contract.ts';
import { memoryRegistry } from './registry.memory.ts';
import { memorySigning } from './signing.memory.ts';

describeRegistry('the memory registry', () => {
  const signing = memorySigning(memoryRandomness(5));
  const now = (): number => Date.parse('2026-03-09T12:00:00.000Z');
  const { unpack } = memoryAudioPacking();
  const registry = memoryRegistry({ randomness: memoryRandomness(6), signing, now, unpack });
  return Promise.resolve({
    registry,
    signing,
    url: 'https://registry.example',
    invite: () => registry.invite(),
    revoke: (peers) => registry.revoke(peers.workstationId),
    now,
    pack: (wav) => Uint8Array.of(0x66, ...wav),
    setFaults: (next) => registry.setFaults(next),
    close: () => Promise.resolve(),
  });
});
