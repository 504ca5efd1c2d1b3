/** How much free disk a session, or one more take, calls for before it may start. */
import type { ProtocolDefinition, ProtocolStep } from '../../contract/protocol.ts';

/** Room for the database, its log and its backup. */
const reserveBytes = 64 * 1024 * 1024;
const assumedRateHz = 48_000;
const bytesPerFrame = 2;
/** While a take is finished, its stream and its WAV stand side by side. */
const copies = 2;

/** Every step once, at its longest. */
export function bytesForSession(protocol: ProtocolDefinition): number {
  return protocol.steps.reduce(
    (total, step) => total + audioBytes(step.quality.maximumS, assumedRateHz),
    reserveBytes,
  );
}

export function bytesForTake(step: ProtocolStep, sampleRateHz: number): number {
  return reserveBytes + audioBytes(step.quality.maximumS, sampleRateHz);
}

function audioBytes(seconds: number, sampleRateHz: number): number {
  return Math.ceil(seconds * sampleRateHz) * bytesPerFrame * copies;
}
