import type { Researcher } from './registry-gate.tsx';
import { Lineage } from './training-lineage.tsx';
import { TrainingJobs } from './training-jobs.tsx';
import { TrainingRuns } from './training-runs.tsx';

/** Training at the registry: what runs, what came of it, and which model came from where. */
export function TrainingSection({ researcher }: { readonly researcher: Researcher }) {
  return (
    <>
      <TrainingRuns />
      <TrainingJobs researcher={researcher} />
      <Lineage />
    </>
  );
}
