/** The one place that opens the microphone: raw, mono, at the device's own rate, as blocks on an AudioWorklet's clock. */
import type { CaptureDevice } from '../../contract/session.ts';
import { captureDevice } from './applied-settings.ts';
import workletUrl from './capture-worklet.ts?worker&url';
import type { CapturedBlock } from './chunker.ts';

export const microphoneFaults = [
  'refused',
  'missing',
  'busy',
  'lost',
  'silent-device',
  'unsupported',
] as const;
export type MicrophoneFault = (typeof microphoneFaults)[number];

export interface OpenMicrophone {
  readonly device: CaptureDevice;
  readonly sampleRateHz: number;
  readonly isMuted: () => boolean;
  /** Every block from now on, in order. The answer ends the subscription. */
  readonly onBlock: (listener: (block: CapturedBlock) => void) => () => void;
  readonly close: () => void;
}

interface MicrophoneWishes {
  /** Null: the system's default. */
  readonly preferredLabel: string | null;
  readonly onLost: () => void;
  readonly onMuted: (isMuted: boolean) => void;
}

type Opened =
  | { readonly ok: true; readonly microphone: OpenMicrophone }
  | { readonly ok: false; readonly fault: MicrophoneFault };

/** The first blocks after opening may be skipped or faded by the device: only what comes after them counts. */
const prerollS = 0.15;
const longestStartMs = 5000;

export async function openMicrophone(wishes: MicrophoneWishes): Promise<Opened> {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (media === undefined) return { ok: false, fault: 'unsupported' };
  const stream = await openStream(media, wishes.preferredLabel);
  if (typeof stream === 'string') return { ok: false, fault: stream };
  const track = stream.getAudioTracks()[0];
  if (track === undefined) return { ok: false, fault: 'missing' };
  try {
    return await openGraph(stream, track, wishes);
  } catch (cause) {
    console.error('The capture graph could not be built.', cause);
    track.stop();
    return { ok: false, fault: 'unsupported' };
  }
}

async function openStream(
  media: MediaDevices,
  preferredLabel: string | null,
): Promise<MediaStream | MicrophoneFault> {
  try {
    const known = await deviceIdOf(media, preferredLabel);
    const first = await media.getUserMedia({ audio: constraints(known) });
    if (preferredLabel === null || known !== undefined) return first;
    // Labels are told only after the microphone was once allowed.
    const wanted = await deviceIdOf(media, preferredLabel);
    if (wanted === undefined || first.getAudioTracks()[0]?.label === preferredLabel) return first;
    for (const track of first.getTracks()) track.stop();
    return await media.getUserMedia({ audio: constraints(wanted) });
  } catch (cause) {
    return faultOf(cause);
  }
}

function constraints(deviceId: string | undefined): MediaTrackConstraints {
  return {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    channelCount: { ideal: 1 },
    ...(deviceId === undefined ? {} : { deviceId: { ideal: deviceId } }),
  };
}

async function deviceIdOf(media: MediaDevices, label: string | null): Promise<string | undefined> {
  if (label === null) return undefined;
  const devices = await media.enumerateDevices();
  return devices.find((device) => device.kind === 'audioinput' && device.label === label)?.deviceId;
}

function faultOf(cause: unknown): MicrophoneFault {
  const name = cause instanceof DOMException ? cause.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unsupported';
  }
}

async function openGraph(
  stream: MediaStream,
  track: MediaStreamTrack,
  wishes: MicrophoneWishes,
): Promise<Opened> {
  const settings = track.getSettings();
  // The device's own rate: any other makes the browser resample, with drift.
  const context = new AudioContext(
    settings.sampleRate === undefined ? {} : { sampleRate: settings.sampleRate },
  );
  const stopResuming = resumeOnFirstGesture(context);
  const listeners = new Set<(block: CapturedBlock) => void>();
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    stopResuming();
    listeners.clear();
    track.onended = null;
    for (const each of stream.getTracks()) each.stop();
    void context.close();
  };
  await context.audioWorklet.addModule(workletUrl);
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const node = new AudioWorkletNode(context, 'spira-capture', {
    numberOfOutputs: 1,
    outputChannelCount: [1],
  });
  node.port.onmessage = (message: MessageEvent<CapturedBlock>) => {
    for (const listener of [...listeners]) listener(message.data);
  };
  // Its output is silence; connected, so that the graph is pulled.
  source.connect(node).connect(context.destination);
  track.onended = () => {
    close();
    wishes.onLost();
  };
  track.onmute = () => wishes.onMuted(true);
  track.onunmute = () => wishes.onMuted(false);

  const onBlock = (listener: (block: CapturedBlock) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  if (!(await preroll(context, onBlock))) {
    close();
    return { ok: false, fault: 'silent-device' };
  }
  return {
    ok: true,
    microphone: {
      device: captureDevice(track.label, { ...settings }),
      sampleRateHz: context.sampleRate,
      isMuted: () => track.muted,
      onBlock,
      close,
    },
  };
}

/** True once the stream really flows; a context that waits for a gesture is waited for. */
function preroll(context: AudioContext, onBlock: OpenMicrophone['onBlock']): Promise<boolean> {
  return new Promise((resolve) => {
    let seconds = 0;
    const finish = (flows: boolean): void => {
      stop();
      clearInterval(timer);
      resolve(flows);
    };
    const stop = onBlock((block) => {
      seconds += block.samples.length / context.sampleRate;
      if (seconds >= prerollS) finish(true);
    });
    let waitedMs = 0;
    const timer = setInterval(() => {
      if (context.state === 'running') waitedMs += 250;
      if (waitedMs >= longestStartMs || context.state === 'closed') finish(false);
    }, 250);
  });
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
