import { useEffect, useRef, useState } from 'react';
import type { TrainingJob, TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useNow } from '../api/use-now.ts';
import { useText, type Text } from '../i18n/index.ts';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading, type Loaded } from '../state/use-loading.ts';
import { Button, Card, Dialog, Facts, Notice, StatusWord } from '../ui/index.ts';
import { jobLooks } from './job-looks.ts';
import type { Researcher } from './registry-gate.tsx';
import { removeSchedule, switchSchedule, type ScheduleRefusal } from './schedule-deeds.ts';
import { ScheduleDialog } from './schedule-dialog.tsx';
import { draftKey, dropDraft, useScheduleDrafts } from './schedule-drafts.ts';
import { ScheduleRefused } from './schedule-refused.tsx';
import { trainedWhat } from './training-words.ts';

/** Null: one that is made now. */
type Opened = { readonly schedule: TrainingSchedule | null } | null;
interface Told {
  readonly deed: 'saved' | 'on' | 'off' | 'removed' | 'started';
  readonly name: string;
}

/** What trains by itself: when, what, what came of it last; made, changed, switched and removed here. */
export function TrainingSchedules(props: {
  readonly researcher: Researcher;
  readonly schedules: Loaded<{ readonly schedules: TrainingSchedule[] }>;
  /** The newest, where the last job of a schedule is mostly found. */
  readonly jobs: readonly TrainingJob[];
  /** Answers why not, or null. */
  readonly onStart: (schedule: TrainingSchedule) => Promise<Problem | null>;
}) {
  const { t } = useText();
  const { schedules, researcher } = props;
  const { kept } = useScheduleDrafts();
  const [opened, setOpened] = useState<Opened>(null);
  const [removing, setRemoving] = useState<TrainingSchedule | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [refusal, setRefusal] = useState<ScheduleRefusal | null>(null);
  const newButton = useRef<HTMLButtonElement>(null);
  const isRemoved = told?.deed === 'removed';
  // The button that asked for it is gone with its schedule.
  useEffect(() => {
    if (isRemoved) newButton.current?.focus();
  }, [isRemoved]);

  const after = (refused: ScheduleRefusal | null, done: Told): void => {
    setRefusal(refused);
    setTold(refused === null ? done : null);
    schedules.reload();
  };
  const start = async (schedule: TrainingSchedule): Promise<void> => {
    const problem = await props.onStart(schedule);
    after(problem === null ? null : { is: 'problem', problem }, { deed: 'started', name: schedule.id });
  };
  const toggle = async (schedule: TrainingSchedule): Promise<void> => {
    const isEnabled = !schedule.isEnabled;
    const refused = await switchSchedule(call, schedule, isEnabled);
    after(refused, { deed: isEnabled ? 'on' : 'off', name: schedule.id });
  };
  const remove = async (schedule: TrainingSchedule): Promise<void> => {
    const refused = await removeSchedule(call, schedule);
    setRemoving(null);
    if (refused === null) dropDraft(draftKey(researcher.id, schedule.id));
    after(refused, { deed: 'removed', name: schedule.id });
  };
  const open = (schedule: TrainingSchedule | null): void => {
    setTold(null);
    setRefusal(null);
    setOpened({ schedule });
  };
  const hasDraft = (id: string | null): boolean => kept[draftKey(researcher.id, id)] !== undefined;

  return (
    <Card
      title={t('training.schedules')}
      aside={
        <div className="row">
          {hasDraft(null) ? <DraftKept /> : null}
          <Button icon="plus" look="primary" buttonRef={newButton} onClick={() => open(null)}>
            {t('schedule.new')}
          </Button>
        </div>
      }
    >
      {refusal === null ? null : <ScheduleRefused refusal={refusal} onDismiss={() => setRefusal(null)} />}
      {told === null ? null : (
        <Notice tone="success" title={t(`schedule.told.${told.deed}`, { name: told.name })} isLive />
      )}
      <Waiting loading={schedules}>
        {(value) =>
          value.schedules.length === 0 ? (
            <p className="muted">{t('training.noSchedules')}</p>
          ) : (
            <ul className="panel-list">
              {value.schedules.map((schedule) => (
                <Schedule
                  key={schedule.id}
                  schedule={schedule}
                  jobs={props.jobs}
                  hasDraft={hasDraft(schedule.id)}
                  onStart={() => start(schedule)}
                  onToggle={() => toggle(schedule)}
                  onChange={() => open(schedule)}
                  onRemove={() => setRemoving(schedule)}
                />
              ))}
            </ul>
          )
        }
      </Waiting>
      {opened === null ? null : (
        <ScheduleDialog
          researcher={researcher}
          schedule={opened.schedule}
          others={schedules.value?.schedules ?? []}
          onClose={() => setOpened(null)}
          onSaved={(name) => {
            setOpened(null);
            after(null, { deed: 'saved', name });
          }}
        />
      )}
      {removing === null ? null : (
        <RemoveDialog
          schedule={removing}
          onClose={() => setRemoving(null)}
          onRemove={() => remove(removing)}
        />
      )}
    </Card>
  );
}

function DraftKept() {
  const { t } = useText();
  return <StatusWord tone="neutral" icon="draft" word={t('schedule.draftKept')} />;
}

function Schedule(props: {
  readonly schedule: TrainingSchedule;
  readonly jobs: readonly TrainingJob[];
  readonly hasDraft: boolean;
  readonly onStart: () => Promise<void>;
  readonly onToggle: () => Promise<void>;
  readonly onChange: () => void;
  readonly onRemove: () => void;
}) {
  const text = useText();
  const { t, format } = text;
  const { schedule } = props;
  const { id: name, isEnabled } = schedule;
  const now = useNow(schedule);
  const starting = useBusy(props.onStart);
  const switching = useBusy(props.onToggle);
  return (
    <li className="schedule">
      <div className="row row--apart">
        <div className="row">
          <h3>{name}</h3>
          <StatusWord
            tone={isEnabled ? 'success' : 'neutral'}
            icon={isEnabled ? 'done' : 'ban'}
            word={t(isEnabled ? 'schedule.isOn' : 'schedule.isOff')}
          />
          {props.hasDraft ? <DraftKept /> : null}
        </div>
        <div className="row">
          <Button
            size="dense"
            icon="play"
            isBusy={starting.isBusy}
            label={t('training.startNamed', { name })}
            onClick={starting.run}
          >
            {t('training.start')}
          </Button>
          <Button
            size="dense"
            icon={isEnabled ? 'pause' : 'check'}
            isBusy={switching.isBusy}
            label={t(isEnabled ? 'schedule.switchOffNamed' : 'schedule.switchOnNamed', { name })}
            onClick={switching.run}
          >
            {t(isEnabled ? 'schedule.switchOff' : 'schedule.switchOn')}
          </Button>
          <Button
            size="dense"
            icon="draft"
            label={t('schedule.changeNamed', { name })}
            onClick={props.onChange}
          >
            {t('schedule.change')}
          </Button>
          <Button
            size="dense"
            icon="remove"
            label={t('schedule.removeNamed', { name })}
            onClick={props.onRemove}
          >
            {t('schedule.remove')}
          </Button>
        </div>
      </div>
      <Facts
        facts={[
          { name: t('schedule.when'), value: <Occasion text={text} schedule={schedule} now={now} /> },
          { name: t('schedule.what'), value: trainedWhat(text, schedule.configuration) },
          { name: t('schedule.kind'), value: schedule.kind },
          { name: t('schedule.lastJob'), value: <LastJob schedule={schedule} jobs={props.jobs} /> },
          {
            name: t('schedule.changed'),
            value: t('training.requestedBy', {
              by: schedule.changedBy,
              at: format.instant(schedule.changedAt),
            }),
          },
        ]}
      />
    </li>
  );
}

function useBusy(work: () => Promise<void>): { readonly isBusy: boolean; readonly run: () => void } {
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    await work();
    setBusy(false);
  };
  return { isBusy, run: () => void run() };
}

function Occasion(props: { readonly text: Text; readonly schedule: TrainingSchedule; readonly now: Date }) {
  const { t, format } = props.text;
  const { occasion, nextAt, labelledSessions } = props.schedule;
  switch (occasion.on) {
    case 'cron': {
      const ahead = nextAt === null ? undefined : format.ahead(nextAt, props.now);
      const at = nextAt === null ? '' : format.instantInFull(nextAt);
      return (
        <>
          {nextAt === null ? null : <p>{ahead === undefined ? at : t('schedule.nextAt', { at, ahead })}</p>}
          <p className={nextAt === null ? '' : 'small muted'}>
            {t('schedule.cronIn', { expression: occasion.expression, zone: occasion.timeZone })}
          </p>
        </>
      );
    }
    case 'labelled-sessions':
      return t('training.occasion.labelled', {
        count: format.number(occasion.count),
        now: format.number(labelledSessions ?? 0),
      });
    case 'drift-alert':
      return occasion.model === null
        ? t('training.occasion.drift')
        : t('schedule.driftOf', { model: occasion.model });
    case 'message':
      return t('training.occasion.message');
    default:
      return occasion satisfies never;
  }
}

function LastJob(props: { readonly schedule: TrainingSchedule; readonly jobs: readonly TrainingJob[] }) {
  const { t } = useText();
  const { lastJobId } = props.schedule;
  if (lastJobId === null) return t('schedule.noJob');
  const known = props.jobs.find(({ id }) => id === lastJobId);
  return known === undefined ? <OlderJob jobId={lastJobId} /> : <JobOutcome job={known} />;
}

/** A last job that the list of the newest does not reach. */
function OlderJob({ jobId }: { readonly jobId: TrainingJob['id'] }) {
  const job = useLoading('research.training-jobs.read', { params: { jobId } });
  return <Waiting loading={job}>{(value) => <JobOutcome job={value} />}</Waiting>;
}

function JobOutcome({ job }: { readonly job: TrainingJob }) {
  const { t, format } = useText();
  const { state, problem, finishedAt, requestedAt } = job;
  return (
    <>
      <p className="row">
        <StatusWord {...jobLooks[state]} word={t(`training.jobState.${state}`)} />
        <span className="muted small">{format.instant(finishedAt ?? requestedAt)}</span>
      </p>
      {problem === null ? null : <p className="small muted">{t(`training.jobProblem.${problem.code}`)}</p>}
    </>
  );
}

function RemoveDialog(props: {
  readonly schedule: TrainingSchedule;
  readonly onClose: () => void;
  readonly onRemove: () => Promise<void>;
}) {
  const { t } = useText();
  const removing = useBusy(props.onRemove);
  return (
    <Dialog
      title={t('schedule.removeTitle', { name: props.schedule.id })}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('schedule.keep')}</Button>
          <Button look="danger" icon="remove" isBusy={removing.isBusy} onClick={removing.run}>
            {t('schedule.remove')}
          </Button>
        </>
      }
    >
      <p>{t('schedule.removeBody')}</p>
    </Dialog>
  );
}
