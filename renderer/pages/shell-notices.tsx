import { useState } from 'react';
import type { Account } from '../../contract/people.ts';
import { useText } from '../i18n/index.ts';
import { change, useDesk, withoutNotice, withRecoveryOffer } from '../state/desk.ts';
import { mayCall } from '../state/rights.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { RecoveryKeyDialog } from './recovery-key-dialog.tsx';
import './shell.css';

/** Notes of the start and of what happened since, over every page but the bedside's. */
export function ShellNotices({ account }: { readonly account: Account }) {
  const { t } = useText();
  const notices = useDesk((desk) => desk.notices);
  const offersRecoveryKey = useDesk((desk) => desk.offersRecoveryKey);
  const [isOpen, setOpen] = useState(true);
  const close = (): void => {
    setOpen(false);
    change(withRecoveryOffer, false);
  };
  return (
    <>
      {notices.length === 0 ? null : (
        <section className="shell__notices" aria-label={t('notices.label')}>
          {notices.map((code) => (
            <ProblemNotice
              key={code}
              problem={{ code }}
              tone="warning"
              onDismiss={() => change(withoutNotice, code)}
            />
          ))}
        </section>
      )}
      {offersRecoveryKey && isOpen && mayCall(account.roles, 'storage.recovery-key') ? (
        <RecoveryKeyDialog onClose={close} isOffer />
      ) : null}
    </>
  );
}
