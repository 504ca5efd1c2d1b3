import { useEffect, useState } from 'react';
import type { TrainingJob, TrainingJobState } from '../../contract/registry/training-jobs.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Dialog, StatusWord } from '../ui/index.ts';
import { jobLooks } from './job-looks.ts';
import type { Researcher } from './registry-gate.tsx';
import { TrainingSchedules } from './training-schedules.tsx';
import { stepWord } from './training-words.ts';
import { WideTable } from './wide-table.tsx';

const lookAgainMs = 5000;

/** What trains by itself, what is trained now, and what a person does about it. */
export function TrainingJobs({ researcher }: { readonly researcher: Researcher }) {
  const { t } = useText();
  const jobs = useLoading('research.training-jobs.list', { query: { limit: 20 } });
  const schedules = useLoading('research.training-schedules.list', {});
  const [problem, setProblem] = useState<Problem | null>(null);
  const isActive = jobs.value?.jobs.some(({ state }) => isUnderWay(state)) === true;
  const { reload } = jobs;
  useEffect(() => {
    if (!isActive) return undefined;
    const timer = setInterval(reload, lookAgainMs);
    return () => clearInterval(timer);
  }, [isActive, reload]);
  const after: After = (answer) => {
    setProblem(answer.problem ?? null);
    reload();
    schedules.reload();
  };
  // A researcher of one hospital sees runs and models; what the whole registry trains is not theirs to start.
  if (jobs.problem?.code === 'registry-forbidden') {
    return (
      <Card title={t('training.jobs')}>
        <p className="muted">{t('training.jobsForbidden')}</p>
      </Card>
    );
  }
  return (
    <>
      <TrainingSchedules
        researcher={researcher}
        schedules={schedules}
        jobs={jobs.value?.jobs ?? []}
        onStart={async ({ id }) => {
          const answer = await call('research.training-jobs.start', { body: { scheduleId: id } });
          reload();
          return answer.ok ? null : answer.problem;
        }}
      />
      <Card
        title={t('training.jobList')}
        aside={
          <Button
            size="dense"
            icon="refresh"
            isBusy={jobs.isWaiting}
            onClick={() => {
              reload();
              schedules.reload();
            }}
          >
            {t('research.sessions.refresh')}
          </Button>
        }
      >
        {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
        <Waiting loading={jobs}>
          {(value) =>
            value.jobs.length === 0 ? (
              <p className="muted">{t('training.noJobs')}</p>
            ) : (
              <JobTable jobs={value.jobs} after={after} />
            )
          }
        </Waiting>
      </Card>
    </>
  );
}

function isUnderWay(state: TrainingJobState): boolean {
  return state === 'queued' || state === 'running' || state === 'cancelling';
}

type After = (answer: { readonly ok: boolean; readonly problem?: Problem }) => void;

function JobTable({ jobs, after }: { readonly jobs: readonly TrainingJob[]; readonly after: After }) {
  const text = useText();
  const { t, format } = text;
  const [cancelling, setCancelling] = useState<TrainingJob | null>(null);
  const cancel = async (job: TrainingJob): Promise<void> => {
    setCancelling(null);
    after(await call('research.training-jobs.cancel', { params: { jobId: job.id } }));
  };
  return (
    <>
      <WideTable label={t('training.jobList')}>
        <thead>
          <tr>
            <th scope="col">{t('training.run')}</th>
            <th scope="col">{t('training.state')}</th>
            <th scope="col">{t('training.progress')}</th>
            <th scope="col">{t('training.requested')}</th>
            <th scope="col">{t('training.attempts')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('training.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id}>
              <th scope="row">{job.runId}</th>
              <td>
                <StatusWord {...jobLooks[job.state]} word={t(`training.jobState.${job.state}`)} />
                {job.problem === null ? null : (
                  <p className="small muted">{t(`training.jobProblem.${job.problem.code}`)}</p>
                )}
              </td>
              <td>{progressText(text, job)}</td>
              <td>
                {t('training.requestedBy', {
                  by: job.requestedBy === 'system' ? t('training.bySystem') : job.requestedBy,
                  at: format.instant(job.requestedAt),
                })}
              </td>
              <td className="number">
                {t('training.attemptsOf', {
                  done: format.number(job.attempts),
                  most: format.number(job.limits.attempts),
                })}
              </td>
              <td>
                {job.state === 'queued' || job.state === 'running' ? (
                  <Button
                    size="dense"
                    icon="ban"
                    label={t('training.cancelNamed', { name: job.runId })}
                    onClick={() => setCancelling(job)}
                  >
                    {t('training.cancel')}
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </WideTable>
      {cancelling === null ? null : (
        <Dialog
          title={t('training.cancelTitle', { name: cancelling.runId })}
          onClose={() => setCancelling(null)}
          actions={
            <>
              <Button onClick={() => setCancelling(null)}>{t('training.keepRunning')}</Button>
              <Button look="danger" icon="ban" onClick={() => void cancel(cancelling)}>
                {t('training.cancel')}
              </Button>
            </>
          }
        >
          <p>{t('training.cancelBody')}</p>
        </Dialog>
      )}
    </>
  );
}

function progressText(text: Text, { step, progress, state }: TrainingJob): string {
  const { t, format } = text;
  const left = progress?.secondsLeftAtMost;
  const parts = [
    ...(step === null ? [] : [stepWord(text, step)]),
    ...(progress?.epoch == null ? [] : [t('training.epochOf', { epoch: format.number(progress.epoch) })]),
    ...(progress?.loss == null ? [] : [t('training.lossOf', { loss: format.number(progress.loss, 4) })]),
    ...(left == null || !isUnderWay(state)
      ? []
      : [t('training.leftAtMost', { left: format.span(left * 1000) })]),
  ];
  return parts.join(' · ');
}
