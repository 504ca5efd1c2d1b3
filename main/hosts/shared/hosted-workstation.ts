/** Puts the use cases behind the few calls that a host makes. */
import { fail } from '../../../contract/result.ts';
import type { AppEvent } from '../../../contract/app-api.ts';
import { createDesk, type Desk } from '../../app/desk.ts';
import { dispatch } from '../../app/dispatch.ts';
import { finishOpenTakes } from '../../app/finish-open-takes.ts';
import { leaveScreenings } from '../../app/hold-screening.ts';
import { leaveDesk } from '../../app/leave-desk.ts';
import { runSync } from '../../app/sync/run-sync.ts';
import { startWorkstation } from '../../app/start-workstation.ts';
import { watchIdle } from '../../app/watch-idle.ts';
import type { World } from '../../app/world.ts';
import type { HostedApp } from './hosted-app.ts';
import type { HostLog } from './log.ts';

export interface EventHub {
  publish(event: AppEvent): void;
  subscribe(listener: (event: AppEvent) => void): () => void;
}

/** A listener that throws is its own affair: the others are told all the same. */
export function createEventHub(log: HostLog): EventHub {
  const listeners = new Set<(event: AppEvent) => void>();
  return {
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (cause) {
          log.fault('event-not-told', cause, { event: event.name });
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export interface HostedWorkstationParts {
  readonly world: World;
  readonly hub: EventHub;
  readonly log: HostLog;
  /** Ends engine and store, after everybody has left. */
  readonly end: () => Promise<void>;
}

export async function hostWorkstation({ world, hub, log, end }: HostedWorkstationParts): Promise<HostedApp> {
  const desks = new Set<Desk>();
  world.memory.tellFault = (event, cause) => log.fault(event, cause);
  const { recoveredTakes, background } = await startWorkstation(world);
  if (recoveredTakes > 0) log.info('takes-recovered', { count: recoveredTakes });
  background.catch((cause: unknown) => log.fault('background-failed', cause));
  const idle = watchIdle(world, () => desks);
  const sync = runSync(world, { onFault: (cause) => log.fault('sync-failed', cause) });
  const stopListening = hub.subscribe((event) => {
    if (event.name === 'session.changed') sync.wake('changed');
  });

  const guarded = async (event: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      log.fault(event, cause);
    }
  };

  return {
    openDesk() {
      const desk = createDesk();
      desks.add(desk);
      return {
        async invoke(name, rawInput) {
          try {
            const result = await dispatch(world, desk, name, rawInput);
            if (!result.ok) log.info('command-refused', { command: name, code: result.problem.code });
            return result;
          } catch (cause) {
            log.fault('command-failed', cause, { command: name });
            return fail('internal');
          }
        },
        pageChanged: () => guarded('page-change-failed', () => finishOpenTakes(world, desk, 'app-ended')),
        leave: () =>
          guarded('leaving-failed', async () => {
            if (!desks.delete(desk)) return;
            await leaveDesk(world, desk);
          }),
      };
    },
    subscribe: hub.subscribe,
    computerSlept: () => hub.publish({ name: 'computer.slept', payload: {} }),
    async close() {
      idle.cancel();
      leaveScreenings(world);
      stopListening();
      await guarded('sync-not-ended', () => sync.stop());
      await Promise.all([...desks].map((desk) => guarded('leaving-failed', () => leaveDesk(world, desk))));
      desks.clear();
      await end();
    },
  };
}
