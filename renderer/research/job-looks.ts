import type { TrainingJobState } from '../../contract/registry/training-jobs.ts';
import type { IconName, Tone } from '../ui/index.ts';

/** How the state of a training job looks beside its word. */
export const jobLooks: Readonly<Record<TrainingJobState, { readonly tone: Tone; readonly icon: IconName }>> =
  {
    queued: { tone: 'neutral', icon: 'clock' },
    running: { tone: 'accent', icon: 'busy' },
    cancelling: { tone: 'warning', icon: 'busy' },
    cancelled: { tone: 'neutral', icon: 'ban' },
    succeeded: { tone: 'success', icon: 'done' },
    failed: { tone: 'danger', icon: 'alert' },
    'refused-by-gate': { tone: 'warning', icon: 'shield-alert' },
  };
