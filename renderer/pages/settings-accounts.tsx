import { useState, type ReactNode, type SubmitEvent } from 'react';
import { languages, type Language } from '../../contract/localized.ts';
import { roles as allRoles, type Account, type Role } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { languageNames, useText } from '../i18n/index.ts';
import { isComplete, newAccountFaults, passwordFaults } from '../state/account-form.ts';
import { useLoading } from '../state/use-loading.ts';
import {
  Button,
  Card,
  CheckboxGroup,
  Dialog,
  Notice,
  SelectField,
  StatusWord,
  TextField,
} from '../ui/index.ts';
import { useFaultTexts } from './account-faults.ts';
import { NewPasswordFields, nothingTyped } from './new-password-fields.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

type Opened = 'new' | { readonly edit: Account } | { readonly reset: Account } | null;

export function AccountSettings() {
  const { t, format } = useText();
  const accounts = useLoading('people.list', {});
  const [opened, setOpened] = useState<Opened>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const close = (): void => setOpened(null);
  const done = (account: Account): void => {
    close();
    setSaved(account.displayName);
    accounts.reload();
  };
  return (
    <Card
      title={t('settings.section.accounts')}
      aside={
        <Button look="primary" icon="plus" onClick={() => setOpened('new')}>
          {t('accounts.new')}
        </Button>
      }
    >
      {saved === null ? null : <Notice tone="success" title={t('accounts.saved', { name: saved })} isLive />}
      <Waiting loading={accounts}>
        {(list) => (
          <div className="scroll-x">
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">{t('accounts.name')}</th>
                  <th scope="col">{t('accounts.username')}</th>
                  <th scope="col">{t('accounts.roles')}</th>
                  <th scope="col">{t('accounts.state')}</th>
                  <th scope="col">{t('accounts.origin')}</th>
                  <th scope="col">{t('accounts.created')}</th>
                  <th scope="col">
                    <span className="visually-hidden">{t('accounts.edit')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((account) => (
                  <tr key={account.id}>
                    <th scope="row">{account.displayName}</th>
                    <td>{account.username}</td>
                    <td>{format.list(account.roles.map((role) => t(`role.${role}`)))}</td>
                    <td>
                      {account.isDisabled ? (
                        <StatusWord tone="neutral" icon="ban" word={t('accounts.disabled')} />
                      ) : (
                        <StatusWord tone="success" icon="done" word={t('accounts.active')} />
                      )}
                    </td>
                    <td>{t(`accounts.origin.${account.origin}`)}</td>
                    <td>{format.compactMoment(account.createdAt)}</td>
                    <td>
                      <AccountActions account={account} onOpen={setOpened} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Waiting>
      {opened === 'new' ? <NewAccountDialog onClose={close} onDone={done} /> : null}
      {opened !== null && opened !== 'new' && 'edit' in opened ? (
        <EditAccountDialog account={opened.edit} onClose={close} onDone={done} />
      ) : null}
      {opened !== null && opened !== 'new' && 'reset' in opened ? (
        <ResetPasswordDialog account={opened.reset} onClose={close} onDone={done} />
      ) : null}
    </Card>
  );
}

/** An account of the registry is changed there alone. */
export function AccountActions(props: {
  readonly account: Account;
  readonly onOpen: (opened: Opened) => void;
}) {
  const { t } = useText();
  const { account } = props;
  if (account.origin === 'registry') return <span className="muted">{t('accounts.ofRegistry')}</span>;
  return (
    <div className="row">
      <Button size="dense" onClick={() => props.onOpen({ edit: account })}>
        {t('accounts.edit')}
        <span className="visually-hidden">{` ${account.displayName}`}</span>
      </Button>
      <Button size="dense" icon="key" onClick={() => props.onOpen({ reset: account })}>
        {t('accounts.resetPassword')}
        <span className="visually-hidden">{` ${account.displayName}`}</span>
      </Button>
    </div>
  );
}

interface AccountDialogProps {
  readonly onClose: () => void;
  readonly onDone: (account: Account) => void;
}

function NewAccountDialog({ onClose, onDone }: AccountDialogProps) {
  const { t, language: shownLanguage } = useText();
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [typed, setTyped] = useState(nothingTyped);
  const [roles, setRoles] = useState<Role[]>(['clinician']);
  const [language, setLanguage] = useState<Language>(shownLanguage);
  const [wasSent, setWasSent] = useState(false);
  const faults = newAccountFaults({ displayName, username, ...typed, roles });
  const faultText = useFaultTexts(wasSent ? faults : {});
  const sending = useSending(async () => {
    setWasSent(true);
    if (!isComplete(faults)) return null;
    return await call('people.create', { displayName, username, password: typed.password, roles, language });
  }, onDone);
  return (
    <AccountDialog
      title={t('accounts.new')}
      submitLabel={t('accounts.create')}
      sending={sending}
      onClose={onClose}
    >
      <TextField
        label={t('accounts.name')}
        value={displayName}
        onChange={setDisplayName}
        maximumLength={120}
        error={faultText.displayName}
        autoFocus
      />
      <TextField
        label={t('accounts.username')}
        help={t('firstStart.usernameHelp')}
        value={username}
        onChange={setUsername}
        maximumLength={64}
        error={faultText.username}
      />
      <RolesField roles={roles} onChange={setRoles} error={faultText.roles} />
      <SelectField
        label={t('accounts.language')}
        value={language}
        options={languages.map((value) => ({ value, label: languageNames[value] }))}
        onChange={setLanguage}
      />
      <NewPasswordFields
        label={t('accounts.initialPassword')}
        againLabel={t('firstStart.passwordAgain')}
        typed={typed}
        onChange={setTyped}
        errors={faultText}
      />
    </AccountDialog>
  );
}

function EditAccountDialog({ account, onClose, onDone }: AccountDialogProps & { readonly account: Account }) {
  const { t } = useText();
  const [displayName, setDisplayName] = useState(account.displayName);
  const [roles, setRoles] = useState<Role[]>(account.roles);
  const isNameMissing = displayName.trim() === '';
  const save = async (change: { isDisabled?: boolean }) => {
    if (isNameMissing || roles.length === 0) return null;
    return await call('people.update', { accountId: account.id, displayName, roles, ...change });
  };
  const sending = useSending(() => save({}), onDone);
  const switching = useSending(() => save({ isDisabled: !account.isDisabled }), onDone);
  return (
    <AccountDialog
      title={t('accounts.editOf', { name: account.displayName })}
      submitLabel={t('common.save')}
      sending={{ ...sending, problem: sending.problem ?? switching.problem }}
      onClose={onClose}
      extra={
        <Button
          icon={account.isDisabled ? 'check' : 'ban'}
          isBusy={switching.isBusy}
          onClick={switching.send}
        >
          {t(account.isDisabled ? 'accounts.enable' : 'accounts.disable')}
        </Button>
      }
    >
      <TextField
        label={t('accounts.name')}
        value={displayName}
        onChange={setDisplayName}
        maximumLength={120}
        error={isNameMissing ? t('check.required') : undefined}
        autoFocus
      />
      <RolesField
        roles={roles}
        onChange={setRoles}
        error={roles.length === 0 ? t('check.roles') : undefined}
      />
    </AccountDialog>
  );
}

function ResetPasswordDialog({
  account,
  onClose,
  onDone,
}: AccountDialogProps & { readonly account: Account }) {
  const { t } = useText();
  const [typed, setTyped] = useState(nothingTyped);
  const [wasSent, setWasSent] = useState(false);
  const faults = passwordFaults(typed);
  const faultText = useFaultTexts(wasSent ? faults : {});
  const sending = useSending(async () => {
    setWasSent(true);
    if (!isComplete(faults)) return null;
    return await call('people.update', { accountId: account.id, password: typed.password });
  }, onDone);
  return (
    <AccountDialog
      title={t('accounts.resetPasswordOf', { name: account.displayName })}
      submitLabel={t('accounts.resetPassword')}
      sending={sending}
      onClose={onClose}
    >
      <p>{t('accounts.resetPasswordHelp')}</p>
      <NewPasswordFields
        label={t('settings.password.next')}
        againLabel={t('settings.password.again')}
        typed={typed}
        onChange={setTyped}
        errors={faultText}
        autoFocus
      />
    </AccountDialog>
  );
}

function RolesField(props: {
  readonly roles: readonly Role[];
  readonly onChange: (roles: Role[]) => void;
  readonly error: string | undefined;
}) {
  const { t } = useText();
  return (
    <CheckboxGroup
      label={t('accounts.roles')}
      layout="column"
      options={allRoles.map((value) => ({ value, label: t(`role.${value}`), help: t(`roleHelp.${value}`) }))}
      values={props.roles}
      onChange={props.onChange}
      error={props.error}
    />
  );
}

interface Sending {
  readonly isBusy: boolean;
  readonly problem: Problem | null;
  readonly send: () => void;
}

type Answer =
  { readonly ok: true; readonly value: Account } | { readonly ok: false; readonly problem: Problem };

/** `ask` answers null when the form is not ready to be sent. */
function useSending(ask: () => Promise<Answer | null>, onDone: (account: Account) => void): Sending {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    const answer = await ask();
    setBusy(false);
    if (answer === null) return;
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) onDone(answer.value);
  };
  return { isBusy, problem, send: () => void send() };
}

function AccountDialog(props: {
  readonly title: string;
  readonly submitLabel: string;
  readonly sending: Sending;
  readonly onClose: () => void;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
}) {
  const { t } = useText();
  const { sending } = props;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    sending.send();
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <>
          {props.extra}
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="primary" isBusy={sending.isBusy} onClick={sending.send}>
            {props.submitLabel}
          </Button>
        </>
      }
    >
      {sending.problem === null ? null : <ProblemNotice problem={sending.problem} />}
      <form className="stack" noValidate onSubmit={submit}>
        {props.children}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">
          {props.submitLabel}
        </button>
      </form>
    </Dialog>
  );
}
