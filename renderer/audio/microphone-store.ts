/** The microphone as the pages see it: one, shared, open while somebody needs it. */
import { create } from 'zustand';
import type { CaptureDevice } from '../../contract/session.ts';
import type { CapturedBlock } from './chunker.ts';
import { LevelMeter, silence, type Level } from './level.ts';
import { openMicrophone, type MicrophoneFault, type OpenMicrophone } from './microphone.ts';

export type MicrophoneState =
  | { readonly status: 'closed' | 'opening' }
  | { readonly status: 'open'; readonly device: CaptureDevice; readonly sampleRateHz: number }
  | { readonly status: 'fault'; readonly fault: MicrophoneFault };

interface MicrophoneView {
  readonly state: MicrophoneState;
  readonly level: Level;
  readonly isMuted: boolean;
  /** Labels of the microphones of this PC; empty until one was allowed. */
  readonly labels: readonly string[];
}

export const useMicrophone = create<MicrophoneView>(() => ({
  state: { status: 'closed' },
  level: silence,
  isMuted: false,
  labels: [],
}));

let preferredLabel: string | null = null;
let users = 0;
let attempt = 0;
let opened: OpenMicrophone | undefined;
let isWatching = false;
const lostListeners = new Set<() => void>();

/** Opens the microphone, or shares the open one. The answer gives it back. */
export function holdMicrophone(preferred: string | null): () => void {
  users += 1;
  watchDevices();
  const isOther = preferred !== preferredLabel;
  preferredLabel = preferred;
  const { status } = useMicrophone.getState().state;
  if (isOther || status === 'closed' || status === 'fault') void reopenMicrophone();
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    users -= 1;
    // After this turn: a page that follows holds it as well, and the device stays open between them.
    setTimeout(() => {
      if (users === 0) closeMicrophone();
    }, 500);
  };
}

/** Once more, after a fault or with another device. */
export async function reopenMicrophone(preferred: string | null = preferredLabel): Promise<void> {
  preferredLabel = preferred;
  attempt += 1;
  const mine = attempt;
  opened?.close();
  opened = undefined;
  useMicrophone.setState({ state: { status: 'opening' }, level: silence });
  const result = await openMicrophone({
    preferredLabel,
    onLost: () => lose(mine),
    onMuted: (isMuted) => useMicrophone.setState({ isMuted }),
  });
  if (mine !== attempt) {
    if (result.ok) result.microphone.close();
    return;
  }
  await listDevices();
  if (!result.ok) {
    useMicrophone.setState({ state: { status: 'fault', fault: result.fault } });
    return;
  }
  const { microphone } = result;
  opened = microphone;
  const meter = new LevelMeter(microphone.sampleRateHz);
  microphone.onBlock(({ samples }) => {
    const level = meter.push(samples);
    if (level !== useMicrophone.getState().level) useMicrophone.setState({ level });
  });
  useMicrophone.setState({
    state: { status: 'open', device: microphone.device, sampleRateHz: microphone.sampleRateHz },
    isMuted: microphone.isMuted(),
  });
}

/** Blocks of the open microphone from now on; nothing when none is open. */
export function listenToMicrophone(listener: (block: CapturedBlock) => void): () => void {
  return opened?.onBlock(listener) ?? (() => undefined);
}

/** Called when the open microphone was unplugged or taken away. */
export function onMicrophoneLost(listener: () => void): () => void {
  lostListeners.add(listener);
  return () => lostListeners.delete(listener);
}

function lose(ofAttempt: number): void {
  if (ofAttempt !== attempt) return;
  opened = undefined;
  useMicrophone.setState({ state: { status: 'fault', fault: 'lost' }, level: silence });
  for (const listener of [...lostListeners]) listener();
}

function closeMicrophone(): void {
  attempt += 1;
  opened?.close();
  opened = undefined;
  useMicrophone.setState({ state: { status: 'closed' }, level: silence });
}

function watchDevices(): void {
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (isWatching || media === undefined) return;
  isWatching = true;
  const again = (): void => {
    const { state } = useMicrophone.getState();
    if (state.status === 'fault' && users > 0) void reopenMicrophone();
  };
  media.addEventListener('devicechange', () => {
    void listDevices();
    again();
  });
  navigator.permissions
    .query({ name: 'microphone' as PermissionName })
    .then((permission) => {
      permission.onchange = () => {
        if (permission.state === 'granted') again();
      };
    })
    .catch(() => undefined);
}

async function listDevices(): Promise<void> {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
  const pseudo = new Set(['default', 'communications']);
  const labels = (devices ?? [])
    .filter((device) => device.kind === 'audioinput' && device.label !== '' && !pseudo.has(device.deviceId))
    .map((device) => device.label);
  useMicrophone.setState({ labels: [...new Set(labels)] });
}
