import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { trainingLimitsSchema, type TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { Button, Checkbox, ChoiceField, Dialog, NumberField, TextField } from '../ui/index.ts';
import type { Researcher } from './registry-gate.tsx';
import { ScheduleConfiguration } from './schedule-configuration.tsx';
import { ScheduleCalendar } from './schedule-calendar.tsx';
import { saveSchedule, type ScheduleRefusal } from './schedule-deeds.ts';
import { draftKey, dropDraft, keepDraft, useScheduleDrafts, type ScheduleDraft } from './schedule-drafts.ts';
import {
  emptySchedule,
  readSchedule,
  typedSchedule,
  type ScheduleFaults,
  type TypedSchedule,
} from './schedule-form.ts';
import { ScheduleRefused } from './schedule-refused.tsx';
import { useNextTimes, type NextTimes } from './use-next-times.ts';

/** Makes a schedule, or changes one. What is typed is kept until it is saved or thrown away. */
export function ScheduleDialog(props: {
  readonly researcher: Researcher;
  /** Null: a new one. */
  readonly schedule: TrainingSchedule | null;
  readonly others: readonly TrainingSchedule[];
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}) {
  const text = useText();
  const { t } = text;
  const { schedule, others, onClose } = props;
  const key = draftKey(props.researcher.id, schedule?.id ?? null);
  const { kept } = useScheduleDrafts();
  const [first] = useState<ScheduleDraft>(() => ({ typed: typedOf(schedule), base: schedule }));
  const { typed, base } = kept[key] ?? first;
  const isNew = base === null;
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<ScheduleRefusal | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  // What is to be put right is marked by then.
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  const next = useNextTimes(typed.expression, typed.timeZone, typed.on === 'cron');
  const read = readSchedule(typed, isNew ? others.map(({ id }) => id) : []);
  const faults: ScheduleFaults = read.ok || tries === 0 ? {} : read.faults;
  const set = (change: Partial<TypedSchedule>): void =>
    keepDraft(key, { typed: { ...typed, ...change }, base });

  const save = async (): Promise<void> => {
    if (isBusy) return;
    setTries(tries + 1);
    if (!read.ok || isBadTime(typed, next)) return;
    setBusy(true);
    const refused = await saveSchedule(call, { ...read, base });
    setBusy(false);
    setRefusal(refused);
    if (refused !== null) return;
    dropDraft(key);
    props.onSaved(read.id);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void save();
  };
  const discard = (): void => {
    dropDraft(key);
    onClose();
  };
  const taking = refusal?.is === 'changed' ? refusal.now : null;

  return (
    <Dialog
      title={isNew ? t('schedule.new') : t('schedule.changeNamed', { name: typed.id })}
      isWide
      onClose={onClose}
      actions={
        <>
          {kept[key] === undefined ? (
            <Button onClick={onClose}>{t('common.cancel')}</Button>
          ) : (
            <>
              <Button look="quiet" icon="remove" onClick={discard}>
                {t('schedule.discard')}
              </Button>
              <Button onClick={onClose}>{t('schedule.later')}</Button>
            </>
          )}
          <Button look="primary" icon="save" isBusy={isBusy} onClick={() => void save()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form ref={form} className="stack stack--wide" noValidate onSubmit={submit}>
        {isNew ? (
          <TextField
            label={t('schedule.name')}
            help={t('schedule.nameHelp')}
            value={typed.id}
            onChange={(id) => set({ id })}
            maximumLength={40}
            error={faults.id === undefined ? undefined : t(`schedule.fault.${faults.id}`)}
            isSpellChecked={false}
            isRequired
            autoFocus
          />
        ) : null}
        <TextField
          label={t('schedule.kind')}
          help={t('schedule.kindHelp')}
          value={typed.kind}
          onChange={(kind) => set({ kind })}
          maximumLength={40}
          suggestions={[...new Set(others.map(({ kind }) => kind))]}
          error={faults.kind === undefined ? undefined : t(`schedule.fault.${faults.kind}`)}
          isSpellChecked={false}
          isRequired
          autoFocus={!isNew}
        />
        <ChoiceField<TypedSchedule['on']>
          label={t('schedule.when')}
          value={typed.on}
          options={occasions.map((value) => ({ value, label: t(`schedule.on.${value}`) }))}
          onChange={(on) => set({ on })}
        />
        <OccasionFields text={text} typed={typed} faults={faults} set={set} next={next} />
        <ScheduleConfiguration
          key={key}
          value={typed.configuration}
          isMissing={faults.configuration?.is === 'missing'}
          schedules={others}
          onChange={(configuration) => set({ configuration })}
        />
        <Limits text={text} typed={typed} faults={faults} set={set} />
        <Checkbox
          label={t('schedule.enabled')}
          isOn={typed.isEnabled}
          onChange={(isEnabled) => set({ isEnabled })}
        />
        {refusal === null ? null : (
          <ScheduleRefused
            refusal={refusal}
            {...(taking === null
              ? {}
              : {
                  onTake: () => {
                    keepDraft(key, { typed: typedOf(taking), base: taking });
                    setRefusal(null);
                  },
                })}
          />
        )}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">
          {t('common.save')}
        </button>
      </form>
    </Dialog>
  );
}

const occasions = ['cron', 'labelled-sessions', 'drift-alert', 'message'] as const;

function typedOf(schedule: TrainingSchedule | null): TypedSchedule {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return schedule === null ? emptySchedule(timeZone) : typedSchedule(schedule, timeZone);
}

/** Known to be none: there is no use in sending it. */
function isBadTime({ on }: TypedSchedule, next: NextTimes): boolean {
  return on === 'cron' && (next.is === 'not-understood' || (next.is === 'known' && next.times.length === 0));
}

interface FieldsProps {
  readonly text: Text;
  readonly typed: TypedSchedule;
  readonly faults: ScheduleFaults;
  readonly set: (change: Partial<TypedSchedule>) => void;
}

function OccasionFields(props: FieldsProps & { readonly next: NextTimes }) {
  const { typed, faults, set } = props;
  const { t, language } = props.text;
  switch (typed.on) {
    case 'cron':
      return <ScheduleCalendar typed={typed} fault={faults.expression} set={set} next={props.next} />;
    case 'labelled-sessions':
      return (
        <NumberField
          label={t('schedule.count')}
          help={t('schedule.countHelp')}
          language={language}
          value={typed.count}
          onChange={(count) => set({ count })}
          error={faults.count === undefined ? undefined : t('schedule.fault.count')}
          isRequired
        />
      );
    case 'drift-alert':
      return (
        <TextField
          label={t('schedule.model')}
          help={t('schedule.modelHelp')}
          value={typed.model}
          onChange={(model) => set({ model })}
          maximumLength={60}
          isSpellChecked={false}
          error={faults.model === undefined ? undefined : t('fault.too-long', { bound: '60' })}
        />
      );
    case 'message':
      return <p className="muted">{t('schedule.messageHelp')}</p>;
    default:
      return typed.on satisfies never;
  }
}

const limits = ['attempts', 'firstDelayS', 'timeoutMinutes'] as const;

function Limits({ text, typed, faults, set }: FieldsProps) {
  const { t, language, format } = text;
  const [isOpen, setOpen] = useState(false);
  const isFaulty = limits.some((name) => faults[name] !== undefined);
  return (
    <details
      className="fold"
      open={isOpen || isFaulty}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{t('schedule.limits')}</summary>
      <div className="schedule__fields">
        {limits.map((name) => {
          const { minValue, maxValue } = trainingLimitsSchema.shape[name].unwrap();
          const range = { low: format.number(minValue ?? 1), high: format.number(maxValue ?? 1) };
          return (
            <NumberField
              key={name}
              label={t(`schedule.limit.${name}`)}
              language={language}
              value={typed[name]}
              onChange={(value) => set({ [name]: value })}
              error={faults[name] === undefined ? undefined : t('schedule.fault.number', range)}
            />
          );
        })}
      </div>
    </details>
  );
}
