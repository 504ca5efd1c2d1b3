import { useState, type SubmitEvent } from 'react';
import type { Problem } from '../../contract/result.ts';
import type { SyncState } from '../../contract/sync-state.ts';
import { call } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import {
  emptyEnrolment,
  enrolmentFaults,
  isPlainHttp,
  registryAddress,
  type Enrolment,
  type EnrolmentFault,
} from '../state/sync-form.ts';
import { Button, Checkbox, Notice, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** Address, one-time code and name, as they come out of an e-mail or off a slip of paper. */
export function RegistryEnrol({ onDone }: { readonly onDone: (state: SyncState) => void }) {
  const { t } = useText();
  const [typed, setTyped] = useState<Enrolment>(emptyEnrolment);
  const [wasSent, setWasSent] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const faults = enrolmentFaults(typed);
  const set = (change: Partial<Enrolment>): void => setTyped((before) => ({ ...before, ...change }));

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWasSent(true);
    if (isBusy || Object.keys(faults).length > 0) return;
    setBusy(true);
    const answer = await call('sync.enrol', {
      url: registryAddress(typed.address),
      code: typed.code.trim(),
      name: typed.name.trim(),
      allowsPlainHttp: typed.allowsPlainHttp && isPlainHttp(typed.address),
    });
    setBusy(false);
    if (answer.ok) onDone(answer.value);
    else setProblem(answer.problem);
  };

  const faultText = (fault: EnrolmentFault | undefined): string | undefined => {
    if (!wasSent || fault === undefined) return undefined;
    switch (fault) {
      case 'required':
        return t('check.required');
      case 'address':
        return t('registry.enrolAddressFault');
      case 'plain':
        return t('registry.enrolPlainFault');
      case 'code':
        return t('registry.enrolCodeFault');
      default:
        return fault satisfies never;
    }
  };

  return (
    <form className="stack stack--wide narrow" noValidate onSubmit={(event) => void submit(event)}>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <TextField
        label={t('registry.enrolAddress')}
        help={t('registry.enrolAddressHelp')}
        value={typed.address}
        onChange={(address) => set({ address })}
        maximumLength={300}
        error={faultText(faults.address)}
        isRequired
      />
      {isPlainHttp(typed.address) ? (
        <Notice tone="warning" title={t('registry.enrolPlainTitle')} isLive>
          <p>{t('registry.enrolPlainBody')}</p>
          <Checkbox
            label={t('registry.enrolPlain')}
            isOn={typed.allowsPlainHttp}
            onChange={(allowsPlainHttp) => set({ allowsPlainHttp })}
          />
        </Notice>
      ) : null}
      <TextField
        label={t('registry.enrolCode')}
        help={t('registry.enrolCodeHelp')}
        value={typed.code}
        onChange={(code) => set({ code })}
        maximumLength={80}
        error={faultText(faults.code)}
        isRequired
      />
      <TextField
        label={t('registry.enrolName')}
        help={t('registry.enrolNameHelp')}
        value={typed.name}
        onChange={(name) => set({ name })}
        maximumLength={80}
        error={faultText(faults.name)}
        isRequired
      />
      <div>
        <Button type="submit" look="primary" icon="cloud-upload" isBusy={isBusy}>
          {t('registry.enrolSubmit')}
        </Button>
      </div>
    </form>
  );
}
