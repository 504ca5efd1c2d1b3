import type { SyncSettings } from '../../contract/sync-state.ts';

/** How a PC sends until IT says otherwise: always, with whatever the line gives, keeping audio for a month. */
export const firstSyncSettings: SyncSettings = {
  pausesOnMetered: true,
  schedule: null,
  bandwidthBytesPerS: null,
  keepAudioDays: 30,
};

/** What a PC knows that never met a registry. */
export const firstSyncFacts = {
  enrolment: null,
  lastRegistryId: null,
  former: null,
  formerRegistries: [],
  pendingEnrolment: null,
  settings: firstSyncSettings,
  feedPosition: 0,
  auditPosition: 0,
  lastContactAt: null,
  lastReceiptAt: null,
  clockSkewMs: null,
  refusal: null,
} as const;
