/** What the registry does by itself now and then: finishing what crashes, lost lines and full stores left undone. */
import { dropOldSets } from '../app/feature-portions/sets.ts';
import { noteEarlierSessions } from '../app/labels/note-session.ts';
import { sweepTombstones } from '../app/sessions/sweep-tombstones.ts';
import { reportAuditGaps } from '../app/sync/report-audit-gaps.ts';
import { tidyUploads } from '../app/uploads/tidy-uploads.ts';
import type { World } from '../app/world.ts';

export interface Chores {
  /** Starts none any more, and waits for the one that runs. */
  stop(): Promise<void>;
}

const everyMs = 3_600_000;

const chores: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'tidy-uploads': tidyUploads,
  'sweep-tombstones': sweepTombstones,
  'note-earlier-sessions': noteEarlierSessions,
  'report-audit-gaps': reportAuditGaps,
  'drop-old-portions': dropOldSets,
};

/** At once, then hourly. Several processes of one registry may all do it. */
export function startChores(world: World): Chores {
  let isStopped = false;
  let timer: { cancel(): void } | undefined;
  const round = async (): Promise<void> => {
    for (const [name, chore] of Object.entries(chores)) {
      if (isStopped) return;
      try {
        await chore(world);
      } catch (cause) {
        world.log.error('chore-failed', cause, { chore: name });
      }
    }
    if (isStopped) return;
    timer = world.clock.after(everyMs, () => {
      running = round();
    });
  };
  let running = round();
  return {
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
