/** Why something was put aside, why a session needs somebody, or where it is safe instead. */
export const syncReasons = [
  /** The registry could not take the content. */
  'content-refused',
  /** Other content stands in the registry under the same id; both are kept. */
  'content-conflict',
  /** The registry received audio that is not what was announced, again and again. */
  'audio-refused',
  /** The recording on this PC cannot be read. */
  'audio-unreadable',
  /** The registry has lost a recording that was removed here under its receipt. */
  'audio-removed',
  /** Safe at a registry that this PC has left; its audio was removed here under that receipt and can be sent to no other. */
  'former-registry',
  /** The registry's receipt does not cover what this PC holds. */
  'receipt-differs',
] as const;
export type SyncReason = (typeof syncReasons)[number];
