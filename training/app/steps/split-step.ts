import type { Json } from '../../../contract/canonical-json.ts';
import { sides, snapshotSchema, type Split } from '../../../contract/training/run.ts';
import { checkSplit, planSplit, readGivenSplit, sidesOf, splitNoises } from '../../core/split/plan-split.ts';
import { done } from '../../core/outcome.ts';
import { hashJson } from './snapshot-step.ts';
import { jsonOutput, readInput, type StepDefinition } from './step.ts';

/** Gives every participant one side. A participant or the same audio on two sides stops the run. */
export const splitStep: StepDefinition = {
  name: 'split',
  needs: ['snapshot'],
  part: ({ split, noise }) => ({ split, heldOut: noise.heldOut, seed: noise.seed }) as unknown as Json,
  async outside({ split }, ports) {
    if (split.kind !== 'given') return done(null);
    const text = await ports.datasets.readText(split.file);
    return text.ok ? done(ports.surroundings.sha256(ports.surroundings.toBytes(text.value))) : text;
  },
  async work(context) {
    const { configuration, ports, progress } = context;
    const snapshot = await readInput(context, 'snapshot.json', snapshotSchema);
    if (!snapshot.ok) return snapshot;
    const { recordings, noises, dataHash } = snapshot.value;
    const plan = configuration.split;
    let planned;
    if (plan.kind === 'given') {
      const text = await ports.datasets.readText(plan.file);
      if (!text.ok) return text;
      planned = readGivenSplit(text.value, plan.file);
    } else {
      planned = planSplit(recordings, plan);
    }
    if (!planned.ok) return planned;
    const sideOf = sidesOf(recordings, planned.value);
    if (!sideOf.ok) return sideOf;
    const checked = checkSplit(recordings, sideOf.value);
    if (!checked.ok) return checked;
    const { heldOut, seed } = configuration.noise;
    const content = {
      subjects: { ...planned.value },
      recordings: [...sideOf.value],
      noises: [...splitNoises(noises.length, heldOut, seed)],
    };
    const splitHash = hashJson(ports, { dataHash, ...content });
    const split: Split = { format: 1, ...content, splitHash };
    const counts = sides.map((side) => `${sideOf.value.filter((one) => one === side).length} ${side}`);
    progress(`recordings: ${counts.join(', ')}`);
    return done({
      outputs: new Map([['split.json', jsonOutput(ports, split)]]),
      figures: { splitHash },
    });
  },
};
