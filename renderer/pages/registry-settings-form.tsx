import { useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import type { SyncSettings, SyncState } from '../../contract/sync-state.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import {
  readSettings,
  typedSettings,
  type SettingsFault,
  type SettingsFaults,
  type TypedSettings,
} from '../state/sync-form.ts';
import { Button, Checkbox, Notice, NumberField, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** When and how much is sent; an empty field sets no limit. */
export function RegistrySettingsForm(props: {
  readonly settings: SyncSettings;
  readonly onDone: (state: SyncState) => void;
}) {
  const { t, language, format } = useText();
  const [typed, setTyped] = useState<TypedSettings>(() => typedSettings(props.settings));
  const [wasSent, setWasSent] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [isSaved, setSaved] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = readSettings(typed);
  const faults: SettingsFaults = read.ok || !wasSent ? {} : read.faults;
  const set = (change: Partial<TypedSettings>): void => {
    setSaved(false);
    setTyped((before) => ({ ...before, ...change }));
  };

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWasSent(true);
    if (isBusy || !read.ok) return;
    setBusy(true);
    const answer = await call('sync.save-settings', read.settings);
    setBusy(false);
    setSaved(answer.ok);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setTyped(typedSettings(answer.value.settings));
    props.onDone(answer.value);
  };

  const timeFault = (fault: SettingsFault | undefined): string | undefined =>
    fault === undefined || fault === 'number' ? undefined : t(`registry.scheduleFault.${fault}`);

  return (
    <form className="stack stack--wide narrow" noValidate onSubmit={(event) => void submit(event)}>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <Checkbox
        label={t('registry.metered')}
        isOn={typed.pausesOnMetered}
        onChange={(pausesOnMetered) => set({ pausesOnMetered })}
      />
      <div className="stack stack--tight">
        <div className="registry__hours">
          <TextField
            label={t('registry.scheduleFrom')}
            value={typed.from}
            onChange={(from) => set({ from })}
            maximumLength={8}
            error={timeFault(faults.from)}
          />
          <TextField
            label={t('registry.scheduleTo')}
            value={typed.to}
            onChange={(to) => set({ to })}
            maximumLength={8}
            error={timeFault(faults.to)}
          />
        </div>
        <p className="small muted">{t('registry.scheduleHelp')}</p>
      </div>
      <NumberField
        label={t('registry.bandwidth')}
        help={t('registry.bandwidthHelp')}
        unit={format.speedUnit}
        language={language}
        value={typed.kilobytesPerS}
        onChange={(kilobytesPerS) => set({ kilobytesPerS })}
        error={faults.kilobytesPerS === undefined ? undefined : t('registry.bandwidthFault')}
      />
      <NumberField
        label={t('registry.keep')}
        help={t('registry.keepHelp')}
        unit={t('registry.keepUnit')}
        language={language}
        value={typed.keepDays}
        onChange={(keepDays) => set({ keepDays })}
        error={faults.keepDays === undefined ? undefined : t('registry.keepFault')}
      />
      <div>
        <Button type="submit" look="primary" icon="save" isBusy={isBusy}>
          {t('common.save')}
        </Button>
      </div>
      {isSaved ? <Notice tone="success" title={t('registry.settingsSaved')} isLive /> : null}
    </form>
  );
}
