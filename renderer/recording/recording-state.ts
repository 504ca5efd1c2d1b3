/** Which of the five states a recording step is in: what its word, icon and colour say, and what its control does. */
import type { MicrophoneState } from '../audio/microphone-store.ts';
import type { RecorderPhase } from '../audio/recorder.ts';

export type StepState = 'opening' | 'ready' | 'recording' | 'saving' | 'saved' | 'problem' | 'busy-elsewhere';

export interface StepFacts {
  readonly microphone: MicrophoneState;
  /** Of the recorder's take, whatever step it belongs to. */
  readonly recorderPhase: RecorderPhase['phase'] | undefined;
  readonly isOurs: boolean;
  readonly hasTakes: boolean;
}

export function stepStateOf({ microphone, recorderPhase: phase, isOurs, hasTakes }: StepFacts): StepState {
  if (!isOurs && (phase === 'recording' || phase === 'saving')) {
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
