/** Which of the five states a recording step is in: what its word, icon and colour say, and what its control does. */
import type { MicrophoneState } from '../audio/microphone-store.ts';
import type { RecorderView } from '../audio/recorder.ts';

export type StepState = 'opening' | 'ready' | 'recording' | 'saving' | 'saved' | 'problem' | 'busy-elsewhere';

export interface StepFacts {
  readonly microphone: MicrophoneState;
  /** The recorder's take, whatever step it belongs to. */
  readonly recorder: RecorderView | undefined;
  readonly isOurs: boolean;
  readonly hasTakes: boolean;
}

export function stepStateOf({ microphone, recorder, isOurs, hasTakes }: StepFacts): StepState {
  const phase = recorder?.state.phase;
  if (recorder !== undefined && !isOurs && (phase === 'recording' || phase === 'saving')) {
    return 'busy-elsewhere';
  }
  if (isOurs && phase !== undefined) return phase;
  if (microphone.status === 'fault') return hasTakes ? 'saved' : 'problem';
  if (hasTakes) return 'saved';
  return microphone.status === 'open' ? 'ready' : 'opening';
}

/** The main control can start a take. */
export function mayStart(state: StepState, microphone: MicrophoneState): boolean {
  return (state === 'ready' || state === 'saved') && microphone.status === 'open';
}
