/** Icon and tone of each state word. The word itself carries the meaning. */
import type { Decision } from '../../contract/model-manifest.ts';
import type { ModelOfferState } from '../../contract/model-rollout.ts';
import type { SessionStatus, SyncState } from '../../contract/session.ts';
import type { ModelState } from '../../contract/app-api.ts';
import type { SyncActivity } from '../../contract/sync-state.ts';
import type { IconName, Tone } from '../ui/index.ts';

interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
}

export const statusLooks: Readonly<Record<SessionStatus, Look>> = {
  draft: { tone: 'warning', icon: 'draft' },
  recorded: { tone: 'accent', icon: 'audio' },
  processing: { tone: 'accent', icon: 'busy' },
  completed: { tone: 'success', icon: 'done' },
  error: { tone: 'danger', icon: 'alert' },
  discarded: { tone: 'neutral', icon: 'ban' },
};

export const syncLooks: Readonly<Record<SyncState, Look>> = {
  'local-only': { tone: 'neutral', icon: 'disk' },
  waiting: { tone: 'neutral', icon: 'clock' },
  sending: { tone: 'accent', icon: 'cloud-upload' },
  synced: { tone: 'success', icon: 'cloud-done' },
  'needs-attention': { tone: 'warning', icon: 'warning' },
};

/** Offline is normal: only a refusal asks for somebody. */
export const activityLooks: Readonly<Record<SyncActivity, Look>> = {
  off: { tone: 'neutral', icon: 'disk' },
  idle: { tone: 'success', icon: 'cloud-done' },
  sending: { tone: 'accent', icon: 'cloud-upload' },
  'waiting-for-network': { tone: 'neutral', icon: 'cloud-off' },
  'waiting-for-registry': { tone: 'neutral', icon: 'clock' },
  'paused-metered': { tone: 'neutral', icon: 'pause' },
  'paused-schedule': { tone: 'neutral', icon: 'pause' },
  refused: { tone: 'warning', icon: 'warning' },
};

export const offerLooks: Readonly<Record<ModelOfferState, Look>> = {
  'other-alias': { tone: 'neutral', icon: 'minus' },
  waiting: { tone: 'neutral', icon: 'clock' },
  fetching: { tone: 'accent', icon: 'busy' },
  checking: { tone: 'accent', icon: 'busy' },
  'between-sessions': { tone: 'neutral', icon: 'clock' },
  taken: { tone: 'success', icon: 'done' },
  failed: { tone: 'warning', icon: 'warning' },
};

/** A decision is a word, never a traffic light: positive and negative differ in word and shape, not in alarm. */
export const decisionLooks: Readonly<Record<Decision, Look>> = {
  positive: { tone: 'accent', icon: 'plus' },
  negative: { tone: 'accent', icon: 'minus' },
  inconclusive: { tone: 'neutral', icon: 'unknown' },
};

export const modelLooks: Readonly<Record<ModelState['state'], Look>> = {
  untested: { tone: 'neutral', icon: 'waiting' },
  testing: { tone: 'accent', icon: 'busy' },
  ready: { tone: 'success', icon: 'done' },
  failed: { tone: 'danger', icon: 'alert' },
};
