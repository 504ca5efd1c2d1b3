/** Capture through an AudioWorklet at the device's own rate, for browsers that do not give a track's buffers. */
import { BlockListeners, flows, type CaptureStream } from './capture-stream.ts';
import workletUrl from './capture-worklet.ts?worker&url';
import type { CapturedBlock } from './chunker.ts';

/** Undefined where no audio came. */
export async function openWorkletStream(
  stream: MediaStream,
  track: MediaStreamTrack,
): Promise<CaptureStream | undefined> {
  const { sampleRate } = track.getSettings();
  // The device's own rate: any other makes the browser resample, with drift.
  const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
  const stopResuming = resumeOnFirstGesture(context);
  const listeners = new BlockListeners();
  const opened: CaptureStream = {
    sampleRateHz: context.sampleRate,
    onBlock: listeners.add,
    close() {
      stopResuming();
      listeners.clear();
      if (context.state !== 'closed') void context.close();
    },
  };
  await context.audioWorklet.addModule(workletUrl);
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const node = new AudioWorkletNode(context, 'spira-capture', {
    numberOfOutputs: 1,
    outputChannelCount: [1],
  });
  node.port.onmessage = (message: MessageEvent<CapturedBlock>) => listeners.tell(message.data);
  // Its output is silence; connected, so that the graph is pulled.
  source.connect(node).connect(context.destination);
  if (await flows(opened, () => context.state === 'running')) return opened;
  opened.close();
  return undefined;
}

/** A page that was opened without a click may not start audio before the first one. */
function resumeOnFirstGesture(context: AudioContext): () => void {
  const resume = (): void => void context.resume().catch(() => undefined);
  const kinds = ['pointerdown', 'keydown'] as const;
  for (const kind of kinds) window.addEventListener(kind, resume, { capture: true });
  const stop = (): void => {
    for (const kind of kinds) window.removeEventListener(kind, resume, { capture: true });
  };
  context.onstatechange = () => {
    if (context.state === 'running') stop();
  };
  return stop;
}
