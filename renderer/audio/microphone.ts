/** The one place that opens the microphone: raw, mono, at the device's own rate. */
import type { CaptureDevice } from '../../contract/session.ts';
import { captureDevice } from './applied-settings.ts';
import { flows, type CaptureStream } from './capture-stream.ts';
import { hasTrackStreams, openTrackStream } from './track-stream.ts';
import { openWorkletStream } from './worklet-stream.ts';

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
  readonly onBlock: CaptureStream['onBlock'];
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

const longestOpeningMs = 5000;

export async function openMicrophone(wishes: MicrophoneWishes): Promise<Opened> {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (media === undefined) return { ok: false, fault: 'unsupported' };
  const stream = await openStream(media, wishes.preferredLabel);
  if (typeof stream === 'string') return { ok: false, fault: stream };
  const track = stream.getAudioTracks()[0];
  if (track === undefined) return { ok: false, fault: 'missing' };
  try {
    return await openCapture(stream, track, wishes);
  } catch (cause) {
    console.error('The stream of the microphone could not be opened.', cause);
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

async function openCapture(
  stream: MediaStream,
  track: MediaStreamTrack,
  wishes: MicrophoneWishes,
): Promise<Opened> {
  let isOpen = true;
  const opened: { stream?: CaptureStream } = {};
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    opened.stream?.close();
    for (const each of stream.getTracks()) each.stop();
  };
  const lose = (): void => {
    if (!isOpen) return;
    close();
    wishes.onLost();
  };
  track.addEventListener('ended', lose);
  track.addEventListener('mute', () => wishes.onMuted(true));
  track.addEventListener('unmute', () => wishes.onMuted(false));
  const capture = hasTrackStreams()
    ? await withinTime(openTrackStream(track, lose))
    : await openWorkletStream(stream, track);
  if (capture !== undefined) opened.stream = capture;
  if (capture === undefined || !isOpen || !(await flows(capture, () => true))) {
    close();
    return { ok: false, fault: track.readyState === 'ended' ? 'lost' : 'silent-device' };
  }
  return {
    ok: true,
    microphone: {
      device: captureDevice(track.label, { ...track.getSettings() }),
      sampleRateHz: capture.sampleRateHz,
      isMuted: () => track.muted,
      onBlock: capture.onBlock,
      close,
    },
  };
}

/** A device that is open and sends nothing would be waited for for ever. */
async function withinTime<T>(opening: Promise<T>): Promise<T | undefined> {
  const tooLate = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), longestOpeningMs));
  return Promise.race([opening, tooLate]);
}
