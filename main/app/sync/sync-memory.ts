/** What the way to the registry remembers until the program ends. */
import type { SyncActivity } from '../../../contract/sync-state.ts';
import type { Problem } from '../../../contract/result.ts';
import { idleLine, type LineUse } from '../../core/bandwidth.ts';
import { noSpeed, type SpeedWindow } from '../../core/speed.ts';
import type { PackedAudio } from '../../ports/audio-packing.ts';

/** `asked`: a person did. `changed`: something new to send. `network`: lines came or went. `settings`: IT changed something. */
export type WakeReason = 'asked' | 'changed' | 'network' | 'settings';

export interface SyncMemory {
  activity: SyncActivity;
  problem: Problem | null;
  /** Instant by this PC's clock. */
  nextTryAt: string | null;
  /** Registry's epoch ms less this PC's monotonic ms; undefined: never compared since the start. */
  registryOffsetMs: number | undefined;
  line: LineUse;
  speed: SpeedWindow;
  /** Packed a moment ago, by take: a line that is cut again and again must not pack again and again. */
  readonly packed: Map<string, PackedAudio & { readonly sha256: string }>;
  /** How far takes came that are being sent. */
  readonly sentShare: Map<string, number>;
  /** When a session's progress was written down last, by the monotonic clock. */
  readonly shownAtMs: Map<string, number>;
  /** When pages were told last, by the monotonic clock, and whether somebody will tell them. */
  toldAtMs: number;
  isTellingLater: boolean;
  /** Set while the engine runs. */
  engine: { wake(reason: WakeReason): void; interrupt(): void } | undefined;
}

export function createSyncMemory(): SyncMemory {
  return {
    activity: 'off',
    problem: null,
    nextTryAt: null,
    registryOffsetMs: undefined,
    line: idleLine,
    speed: noSpeed,
    packed: new Map(),
    sentShare: new Map(),
    shownAtMs: new Map(),
    toldAtMs: Number.NEGATIVE_INFINITY,
    isTellingLater: false,
    engine: undefined,
  };
}
