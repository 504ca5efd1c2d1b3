/** The take that is being recorded or was recorded last, for all pages: at most one at a time. */
import { create } from 'zustand';
import type { SessionId } from '../../contract/ids.ts';
import { call, subscribe } from '../api/index.ts';
import { listenToMicrophone, onMicrophoneLost, useMicrophone } from './microphone-store.ts';
import { littleEndianBytes, toBase64 } from './pcm.ts';
import { Recorder, type RecorderPlan, type RecorderView } from './recorder.ts';

export const useRecorder = create<{ readonly view: RecorderView | undefined }>(() => ({ view: undefined }));

let recorder: Recorder | undefined;
const tickMs = 250;

/** Whether audio is being captured or waits to be written. */
export function isRecorderBusy(): boolean {
  const phase = recorder?.view.state.phase;
  return phase === 'recording' || phase === 'saving';
}

/** Starts a take with the open microphone; nothing happens while another one is at work or none is open. */
export function startTake(
  plan: Omit<RecorderPlan, 'sampleRateHz'> & { readonly sessionId: SessionId },
): void {
  const microphone = useMicrophone.getState().state;
  if (isRecorderBusy() || microphone.status !== 'open') return;
  const { device, sampleRateHz } = microphone;
  const { sessionId, stepKey } = plan;
  const mine = new Recorder(
    { ...plan, sampleRateHz },
    {
      start: () => call('recording.start', { sessionId, stepKey, sampleRateHz, device }),
      append: (takeId, { sequence, firstFrame, pcm }) =>
        call('recording.append', { takeId, sequence, firstFrame, pcm: toBase64(littleEndianBytes(pcm)) }),
      finish: (takeId, end) => call('recording.finish', { takeId, ...end }),
      listen: listenToMicrophone,
      now: () => ({ monotonicMs: performance.now(), wallMs: Date.now() }),
      wait: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    },
    (view) => {
      if (recorder === mine) useRecorder.setState({ view });
    },
  );
  recorder = mine;
  useRecorder.setState({ view: mine.view });
  watch(mine);
}

export function stopTake(): void {
  recorder?.stop();
}

export function tryTakeAgain(): void {
  recorder?.tryAgain();
}

export function settleTake(): void {
  void recorder?.settle();
}

/** After the page has taken note of how it ended. */
export function forgetTake(): void {
  if (isRecorderBusy()) return;
  recorder = undefined;
  useRecorder.setState({ view: undefined });
}

function watch(mine: Recorder): void {
  const stops = [
    onMicrophoneLost(() => mine.stop('microphone-lost')),
    subscribe('computer.slept', () => mine.stop('computer-slept')),
    // What could not be written while nobody was signed in goes on by itself.
    subscribe('lock.changed', ({ isLocked }) => {
      if (!isLocked) mine.tryAgain();
    }),
  ];
  const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
  window.addEventListener('beforeunload', warn);
  const timer = setInterval(() => {
    mine.tick();
    const { state } = mine.view;
    if (state.phase !== 'saved' && !(state.phase === 'problem' && !state.isKept)) return;
    clearInterval(timer);
    window.removeEventListener('beforeunload', warn);
    for (const stop of stops) stop();
  }, tickMs);
}
