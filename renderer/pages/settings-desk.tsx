import { useState, type SubmitEvent } from 'react';
import type { Settings } from '../../contract/app-api.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { change, useDesk, withSettings } from '../state/desk.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, CheckboxGroup, Notice, NumberField, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** What holds for everybody at this PC. */
export function DeskSettings() {
  const settings = useDesk((desk) => desk.app?.settings);
  return settings === undefined ? null : <DeskForm settings={settings} />;
}

function DeskForm({ settings }: { readonly settings: Settings }) {
  const { t, language, local } = useText();
  const models = useLoading('models.list', {});
  const [minutes, setMinutes] = useState<number | string | undefined>(settings.idleLockMinutes);
  const [hospitals, setHospitals] = useState(settings.hospitals.join('\n'));
  const [defaults, setDefaults] = useState(settings.defaultModels.map(keyOf));
  const [isSaved, setSaved] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const isMinutesRight =
    typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 60;
  const known = (models.value ?? [])
    .filter(({ service }) => service === 'in-service')
    .map(({ manifest }) => manifest);
  const edited =
    <Value,>(set: (value: Value) => void) =>
    (value: Value): void => {
      setSaved(false);
      set(value);
    };

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || !isMinutesRight) return;
    setBusy(true);
    const answer = await call('settings.save', {
      ...settings,
      idleLockMinutes: minutes,
      hospitals: hospitalNames(hospitals),
      defaultModels: defaults.flatMap((key) => {
        const reference = [...settings.defaultModels, ...known].find((model) => keyOf(model) === key);
        return reference === undefined ? [] : [{ name: reference.name, version: reference.version }];
      }),
    });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    setSaved(answer.ok);
    if (answer.ok) change(withSettings, answer.value);
  };

  return (
    <Card title={t('settings.section.desk')}>
      <form className="stack stack--wide narrow" noValidate onSubmit={(event) => void submit(event)}>
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <NumberField
          label={t('desk.lockMinutes')}
          unit={t('desk.lockMinutesUnit')}
          help={t('desk.lockMinutesHelp')}
          language={language}
          value={minutes}
          onChange={edited(setMinutes)}
          error={isMinutesRight ? undefined : t('desk.lockMinutesFault')}
        />
        <TextField
          label={t('desk.hospitals')}
          help={t('desk.hospitalsHelp')}
          value={hospitals}
          onChange={edited(setHospitals)}
          rows={5}
          isSpellChecked={false}
        />
        {known.length === 0 ? null : (
          <CheckboxGroup
            label={t('desk.defaultModels')}
            layout="column"
            values={defaults}
            onChange={edited(setDefaults)}
            options={known.map((manifest) => ({
              value: keyOf(manifest),
              label: t('detail.versionOf', { name: local(manifest.title), version: manifest.version }),
            }))}
          />
        )}
        <div className="row">
          <Button type="submit" look="primary" icon="save" isBusy={isBusy}>
            {t('common.save')}
          </Button>
        </div>
        {isSaved ? <Notice tone="success" title={t('desk.saved')} isLive /> : null}
      </form>
    </Card>
  );
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`;
}

function hospitalNames(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.trim().slice(0, 120)))].filter(
    (line) => line !== '',
  );
}
