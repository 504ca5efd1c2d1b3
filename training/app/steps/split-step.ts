import type { Json } from '../../../contract/canonical-json.ts';
import { sides, snapshotSchema, type Split } from '../../../contract/training/run.ts';
import {
  checkRounds,
  checkSplit,
  countRounds,
  planRounds,
  planSplit,
  readGivenSplit,
  sidesOf,
  splitNoises,
} from '../../core/split/plan-split.ts';
import { done, type Outcome } from '../../core/outcome.ts';
import { hashJson } from './snapshot-step.ts';
import { jsonOutput, readInput, type StepDefinition, type StepWork } from './step.ts';

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
    const { heldOut, seed } = configuration.noise;
    const keptNoises = [...splitNoises(noises.length, heldOut, seed)];
    const keep = (content: Pick<Split, 'subjects' | 'recordings' | 'folds'>): Outcome<StepWork> => {
      const whole = { ...content, noises: keptNoises };
      const splitHash = hashJson(ports, { dataHash, ...whole } as unknown as Json);
      const split: Split = { format: 1, ...whole, splitHash };
      return done({ outputs: new Map([['split.json', jsonOutput(ports, split)]]), figures: { splitHash } });
    };
    if (plan.kind === 'folds') {
      const folds = planRounds(recordings, plan);
      if (!folds.ok) return folds;
      const checked = checkRounds(recordings, folds.value);
      if (!checked.ok) return checked;
      progress(`recordings: ${recordings.length}, each tested once, in ${countRounds(folds.value)} folds`);
      return keep({
        subjects: Object.fromEntries(recordings.map(({ subject }) => [subject, 'training'] as const)),
        recordings: recordings.map(() => 'training' as const),
        folds: [...folds.value],
      });
    }
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
    const counts = sides.map((side) => `${sideOf.value.filter((one) => one === side).length} ${side}`);
    progress(`recordings: ${counts.join(', ')}`);
    return keep({ subjects: { ...planned.value }, recordings: [...sideOf.value] });
  },
};
