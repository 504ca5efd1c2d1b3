import { fail, type Result } from '../../contract/result.ts';

export const defaultMaximumSeconds = 1200;
/** Inputs above this are refused unread: no format in use needs more for the duration that is allowed. */
export const maximumFileBytes = 1024 * 1024 * 1024;
const lowestSampleRateHz = 8_000;
const highestSampleRateHz = 192_000;
const maximumChannels = 8;
/** What one decoded file may take in memory, whatever its duration. */
const maximumDecodedBytes = 512 * 1024 * 1024;

export interface StreamFacts {
  readonly format: string;
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

/**
 * The most frames (samples per channel) that may be decoded, from the duration limit in seconds and the memory
 * limit. A sample rate outside 8–192 kHz is 'audio-rate-unsupported', a channel count outside 1–8
 * 'audio-unsupported'.
 */
export function frameLimit(facts: StreamFacts, maximumSeconds: number): Result<number> {
  const { format, sampleRateHz, channelCount } = facts;
  if (!(sampleRateHz >= lowestSampleRateHz && sampleRateHz <= highestSampleRateHz)) {
    return fail('audio-rate-unsupported', {
      format,
      sampleRateHz,
      lowestHz: lowestSampleRateHz,
      highestHz: highestSampleRateHz,
    });
  }
  if (channelCount < 1 || channelCount > maximumChannels) {
    return fail('audio-unsupported', { format, reason: 'channels', channels: channelCount, maximumChannels });
  }
  const byMemory = Math.floor(maximumDecodedBytes / (4 * channelCount));
  return { ok: true, value: Math.min(Math.floor(maximumSeconds * sampleRateHz), byMemory) };
}

/** The 'audio-too-long' problem for `frameCount` frames where `limit` are allowed. */
export function tooLong(facts: StreamFacts, frameCount: number, limit: number) {
  return fail('audio-too-long', {
    format: facts.format,
    seconds: seconds(frameCount, facts),
    maximumSeconds: seconds(limit, facts),
  });
}

export function seconds(frameCount: number, facts: StreamFacts): number {
  return Math.round((frameCount / facts.sampleRateHz) * 1000) / 1000;
}
