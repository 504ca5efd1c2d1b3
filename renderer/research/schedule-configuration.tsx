import { useRef, useState } from 'react';
import type { TrainingSchedule } from '../../contract/registry/training-jobs.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Notice, SelectField, TextField } from '../ui/index.ts';
import { readConfiguration, typedConfiguration, type ConfigurationFault } from './schedule-form.ts';
import { trainedWhat } from './training-words.ts';

const mostBytes = 1_000_000;

/** What a schedule trains: taken from a run or another schedule, from a file, or written here. */
export function ScheduleConfiguration(props: {
  /** JSON. */
  readonly value: string;
  /** It was to be saved without one. */
  readonly isMissing: boolean;
  readonly schedules: readonly TrainingSchedule[];
  readonly onChange: (configuration: string) => void;
}) {
  const text = useText();
  const { t } = text;
  const runs = useLoading('research.training-runs.list', { query: { limit: 100 } });
  const [source, setSource] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wanted = useRef(0);
  const [isOpen, setOpen] = useState(false);
  const read = readConfiguration(props.value);
  const isBroken = !read.ok && read.fault.is !== 'missing';

  const take = async (chosen: string): Promise<void> => {
    setSource(chosen);
    setProblem(null);
    wanted.current += 1;
    const question = wanted.current;
    const [from, id = ''] = chosen.split(' ');
    if (from === 'schedule') {
      const found = props.schedules.find((schedule) => schedule.id === id);
      if (found !== undefined) props.onChange(typedConfiguration(found.configuration));
      return;
    }
    const answer = await call('research.training-runs.read', { params: { runId: id } });
    // Another one was chosen meanwhile.
    if (question !== wanted.current) return;
    if (answer.ok) props.onChange(typedConfiguration(answer.value.record.configuration));
    else setProblem(answer.problem);
  };
  const openFile = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    wanted.current += 1;
    setSource(undefined);
    setProblem(file.size > mostBytes ? { code: 'too-large' } : null);
    if (file.size <= mostBytes) props.onChange(await file.text());
  };

  return (
    <fieldset className="schedule__configuration">
      <legend>{t('schedule.configuration')}</legend>
      <div className="schedule__fields">
        <SelectField
          label={t('schedule.configurationFrom')}
          value={source}
          emptyLabel={t('schedule.choose')}
          options={[
            ...(runs.value?.runs ?? []).map(({ id }) => ({
              value: `run ${id}`,
              label: t('schedule.ofRun', { name: id }),
            })),
            ...props.schedules.map(({ id }) => ({
              value: `schedule ${id}`,
              label: t('schedule.ofSchedule', { name: id }),
            })),
          ]}
          onChange={(chosen) => void take(chosen)}
          error={props.isMissing ? t('schedule.configurationFault.missing') : undefined}
        />
        <FileButton onFile={(file) => void openFile(file)} />
      </div>
      {problem === null ? null : (
        <Notice tone="danger" title={t(`problem.${problem.code}.what`)} isLive>
          <p>{t('schedule.configurationNotTaken')}</p>
        </Notice>
      )}
      {runs.problem === null ? null : (
        <Notice tone="warning" title={t(`problem.${runs.problem.code}.what`)}>
          <p>{t('schedule.runsUnknown')}</p>
        </Notice>
      )}
      {read.ok ? <p role="status">{trainedWhat(text, read.value)}</p> : null}
      <details
        className="fold"
        open={isOpen || isBroken}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>{t('schedule.configurationJson')}</summary>
        <TextField
          label={t('schedule.configurationText')}
          help={t('schedule.configurationHelp')}
          value={props.value}
          onChange={(value) => {
            setSource(undefined);
            props.onChange(value);
          }}
          rows={8}
          isSpellChecked={false}
          error={isBroken ? faultText(text, read.fault) : undefined}
        />
      </details>
    </fieldset>
  );
}

function faultText({ t, format }: Text, fault: ConfigurationFault): string {
  return fault.is === 'wrong'
    ? t('schedule.configurationFault.wrong', { keys: format.list(fault.keys) })
    : t(`schedule.configurationFault.${fault.is}`);
}

function FileButton({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const { t } = useText();
  const inputRef = useRef<HTMLInputElement>(null);
  return (
    <div className="schedule__file">
      <input
        ref={inputRef}
        className="visually-hidden"
        type="file"
        accept=".json,application/json"
        tabIndex={-1}
        aria-label={t('schedule.openFile')}
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Button icon="file-up" onClick={() => inputRef.current?.click()}>
        {t('schedule.openFile')}
      </Button>
    </div>
  );
}
