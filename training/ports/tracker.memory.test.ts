import { artefactsOf, runFacts } from '../../contract/training/run-facts.ts';
import { describeTracker } from './tracker.contract.ts';
import { memoryTracker } from './tracker.memory.ts';

describeTracker('a tracker in memory', async () => {
  const tracker = memoryTracker();
  return {
    tracker,
    keepsPersons: true,
    discard: () => Promise.resolve(),
    async find(id) {
      const run = tracker.runs.get(id);
      if (run === undefined) return undefined;
      const held = artefactsOf(run.record).filter(({ sha256 }) => tracker.artefacts.has(sha256));
      return {
        status: runFacts(run.record).status,
        auc: run.metrics['clean']?.['auc']?.value,
        trainingLoss: run.curve.map(({ epoch, trainingLoss }) => [epoch, trainingLoss] as const),
        parent: run.record.parent ?? undefined,
        artefacts: Object.fromEntries(
          held.map(({ name, sha256 }) => [name, new TextDecoder().decode(tracker.artefacts.get(sha256))]),
        ),
      };
    },
  };
});
