import type { TrainingEnd, TrainingOrder, TrainingProgram, TrainingSign } from './training-program.ts';

/** A try that does what the test says. */
export interface MemoryTry {
  readonly order: TrainingOrder;
  readonly asked: ('stop' | 'kill')[];
  readonly isOver: boolean;
  sign(sign: Partial<TrainingSign> & Pick<TrainingSign, 'step'>): void;
  end(end: TrainingEnd): void;
}

export interface MemoryTrainingProgram extends TrainingProgram {
  readonly tries: readonly MemoryTry[];
  /** Resolves when so many tries were begun. */
  begun(count: number): Promise<MemoryTry>;
}

/** Ends with 130 when it is asked to stop, unless it is `deaf`; is killed when it is killed. */
export function memoryTrainingProgram({ isDeaf = false } = {}): MemoryTrainingProgram {
  const tries: MemoryTry[] = [];
  const waiting: { readonly count: number; readonly call: () => void }[] = [];
  return {
    tries,
    begun: (count) =>
      new Promise((resolve) => {
        const call = (): void => resolve(tries[count - 1]!);
        if (tries.length >= count) call();
        else waiting.push({ count, call });
      }),
    start(order, onSign) {
      const { promise: ended, resolve } = Promise.withResolvers<TrainingEnd>();
      const asked: MemoryTry['asked'] = [];
      let isOver = false;
      const end = (how: TrainingEnd): void => {
        isOver = true;
        resolve(how);
      };
      tries.push({
        order,
        asked,
        get isOver() {
          return isOver;
        },
        end,
        sign: (sign) =>
          onSign({ kind: 'progress', epoch: null, loss: null, secondsLeftAtMost: null, ...sign }),
      });
      for (const { count, call } of waiting) if (tries.length === count) call();
      return {
        ended,
        stop() {
          asked.push('stop');
          if (!isDeaf) end({ kind: 'exited', exitCode: 130 });
        },
        kill() {
          asked.push('kill');
          end({ kind: 'killed' });
        },
      };
    },
  };
}
