/** Why something was put aside, or why a session needs somebody. */
export const syncReasons = [
  /** The registry could not take the content. */
  'content-refused',
  /** Other content stands in the registry under the same id; both are kept. */
  'content-conflict',
  /** The registry received audio that is not what was announced, again and again. */
  'audio-refused',
  /** The recording on this PC cannot be read. */
  'audio-unreadable',
  /** The registry's receipt does not cover what this PC holds. */
  'receipt-differs',
] as const;
export type SyncReason = (typeof syncReasons)[number];
