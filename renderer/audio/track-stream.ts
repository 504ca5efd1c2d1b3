/**
 * Capture straight from the track (MediaStreamTrackProcessor), buffer by buffer as the device delivers. Nothing is
 * rendered in real time on the way, so that a PC under load delivers late instead of dropping: under load an audio graph
 * lost up to a second in ten on a two-core machine, where this lost nothing.
 */
import { BlockListeners, type CaptureStream } from './capture-stream.ts';
import { FrameClock } from './frame-clock.ts';

declare class MediaStreamTrackProcessor {
  constructor(options: { readonly track: MediaStreamTrack; readonly maxBufferSize: number });
  readonly readable: ReadableStream<AudioData>;
}

/** Buffers of 10 ms that may wait for a busy page: ten seconds. */
const waitingBuffers = 1000;
/** Blocks are handed on when they hold this much. */
const blockS = 0.02;

export function hasTrackStreams(): boolean {
  return 'MediaStreamTrackProcessor' in globalThis && 'AudioData' in globalThis;
}

/** Undefined where the track gives no audio at all. `onEnd`: the device went away or changed its rate. */
export async function openTrackStream(
  track: MediaStreamTrack,
  onEnd: () => void,
): Promise<CaptureStream | undefined> {
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: waitingBuffers }).readable.getReader();
  const first = await reader.read();
  if (first.done) return undefined;
  const sampleRateHz = first.value.sampleRate;
  const listeners = new BlockListeners();
  const clock = new FrameClock(sampleRateHz);
  let isOpen = true;
  let parts: Float32Array[] = [];
  let partFrames = 0;
  let firstFrame = 0;
  // Dates of buffers count from the track's own beginning; the least delay seen ties them to the time of day.
  let beginningMs = Number.POSITIVE_INFINITY;

  const handOn = (endMs: number): void => {
    if (partFrames === 0) return;
    const samples = new Float32Array(partFrames);
    let at = 0;
    for (const part of parts) {
      samples.set(part, at);
      at += part.length;
    }
    parts = [];
    partFrames = 0;
    listeners.tell({ firstFrame, samples, atMs: beginningMs + endMs });
  };
  const take = (data: AudioData): void => {
    const samples = monoOf(data);
    const startMs = data.timestamp / 1000;
    const endMs = startMs + (samples.length / sampleRateHz) * 1000;
    beginningMs = Math.min(beginningMs, Date.now() - endMs);
    const frame = clock.place(startMs, samples.length);
    if (partFrames > 0 && frame !== firstFrame + partFrames) handOn(startMs);
    if (partFrames === 0) firstFrame = frame;
    parts.push(samples);
    partFrames += samples.length;
    if (partFrames >= sampleRateHz * blockS) handOn(endMs);
  };
  const read = async (): Promise<void> => {
    let next: ReadableStreamReadResult<AudioData> = first;
    for (; isOpen; next = await reader.read()) {
      if (next.done) break;
      const isSameRate = next.value.sampleRate === sampleRateHz;
      if (isSameRate) take(next.value);
      next.value.close();
      if (!isSameRate) break;
    }
    if (isOpen) onEnd();
  };
  void read().catch((cause: unknown) => {
    if (!isOpen) return;
    console.error('The microphone stream broke off.', cause);
    onEnd();
  });
  return {
    sampleRateHz,
    onBlock: listeners.add,
    close() {
      isOpen = false;
      listeners.clear();
      void reader.cancel().catch(() => undefined);
    },
  };
}

function monoOf(data: AudioData): Float32Array {
  const { numberOfFrames, numberOfChannels } = data;
  const mono = new Float32Array(numberOfFrames);
  const plane = new Float32Array(numberOfFrames);
  for (let channel = 0; channel < numberOfChannels; channel += 1) {
    data.copyTo(plane, { planeIndex: channel, format: 'f32-planar' });
    for (let frame = 0; frame < numberOfFrames; frame += 1) {
      mono[frame] = (mono[frame] ?? 0) + (plane[frame] ?? 0) / numberOfChannels;
    }
  }
  return mono;
}
