/** One portion, by whoever holds its lease: worked out into the shared store, with signs of life meanwhile. */
import type { Json } from '../../../contract/canonical-json.ts';
import type { LeasedPortion, PortionProblem } from '../../../contract/registry/feature-portions.ts';
import type { Outcome, Refusal } from '../../core/outcome.ts';
import type { Portions } from '../../ports/portions.ts';
import type { ProgramFacts } from '../../ports/program.ts';
import type { Timers } from '../../ports/timers.ts';
import { hashJson } from '../steps/snapshot-step.ts';
import type { FeaturesWork, RecordingFeatures, StepPorts } from '../steps/step.ts';

/** Signs of life before a silent one is given up. */
const beatsInSilence = 5;
/** Of a report that does not reach the registry. */
const reportTries = 5;
const reportAgainMs = 1000;

export interface PortionPorts {
  readonly surroundings: StepPorts['surroundings'];
  readonly portions: Portions;
  readonly timers: Timers;
}

/** How it ended here. `lost`: another has it by now, or nobody wants it any more; what was made stays in the store. */
export type PortionEnd =
  | { readonly kind: 'done' | 'lost' | 'released' }
  | { readonly kind: 'failed'; readonly code: PortionProblem; readonly refusal: Refusal };

/**
 * What machines have to agree in to make the same bits: sources, runtime, platform and make of processor, whose vector
 * instructions decide in which order numbers are added.
 */
export function featureCode(
  ports: Pick<StepPorts, 'surroundings'>,
  { codeOf, environment }: Pick<ProgramFacts, 'codeOf' | 'environment'>,
): string {
  const { node = '', platform = '', processor = '' } = environment;
  return hashJson(ports, { code: codeOf.features, node, platform, processor });
}

/** Of what a portion came to, in the order of its recordings. */
export function resultHash(
  ports: Pick<StepPorts, 'surroundings'>,
  results: readonly RecordingFeatures[],
): string {
  return hashJson(
    ports,
    results.map(({ clean, noisy }) => ({ clean, noisy: noisy ?? null })) as unknown as Json,
  );
}

/** Rejects never; `stopped` gives the portion back after the recording that is being worked out. */
export async function workPortion(
  portion: LeasedPortion,
  work: FeaturesWork,
  ports: PortionPorts & { isStopped(): boolean },
): Promise<PortionEnd> {
  const { portions, timers } = ports;
  const over = Promise.withResolvers<void>();
  let [isOver, isLost] = [false, false];
  const beat = async (): Promise<void> => {
    for (;;) {
      await timers.pause(portion.silentAfterMs / beatsInSilence, over.promise);
      if (isOver || isLost) return;
      // A registry that is away for a moment is asked again.
      const heard = await portions.beat(portion);
      if (heard.ok && !heard.value) isLost = true;
    }
  };
  const beating = beat();
  const end = await workOut();
  isOver = true;
  over.resolve();
  await beating;
  return end;

  async function workOut(): Promise<PortionEnd> {
    const { first, count } = portion.range;
    const results: RecordingFeatures[] = [];
    for (let place = first; place < first + count; place++) {
      if (isLost) return { kind: 'lost' };
      if (ports.isStopped()) {
        await report(() => portions.release(portion));
        return { kind: 'released' };
      }
      const kept = await work.keep(place);
      if (!kept.ok) {
        const code = 'not-worked-out';
        await report(() => portions.fail(portion, code));
        return { kind: 'failed', code, refusal: kept.refusal };
      }
      results.push(kept.value);
    }
    const isTaken = await report(() => portions.finish(portion, resultHash(ports, results)));
    return { kind: isTaken ? 'done' : 'lost' };
  }

  /** False where it is another's, or did not arrive: the registry then gives it to another by itself. */
  async function report(send: () => Promise<Outcome<boolean>>): Promise<boolean> {
    for (let left = reportTries; left > 0; left--) {
      const sent = await send();
      if (sent.ok) return sent.value;
      await timers.pause(reportAgainMs);
    }
    return false;
  }
}

/** Whether every recording of a range can be one of the snapshot's. */
export function isWithin({ range }: Pick<LeasedPortion, 'range'>, { recordings }: FeaturesWork): boolean {
  return range.first + range.count <= recordings;
}
