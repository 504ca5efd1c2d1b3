import { identityOf } from '../../contract/form.ts';
import { useText } from '../i18n/index.ts';
import { Icon, StatusWord } from '../ui/index.ts';
import type { OpenSession } from './flow.ts';

/** Whose session this is, always at the same place, so that nobody records the wrong person. */
export function PatientBadge({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  const identity = identityOf(open.form, open.answers);
  return (
    <div className="patient" role="group" aria-label={t('newSession.patient')}>
      <Icon name="user" />
      {identity === undefined ? (
        <span className="muted">{t('newSession.patientUnknown')}</span>
      ) : (
        <span className="patient__text">
          <strong className="patient__number">{identity.recordNumber}</strong>
          <span>{identity.hospital}</span>
        </span>
      )}
    </div>
  );
}

/** Whether what was typed is on disk, in words. */
export function DraftWord({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  if (open.session.status !== 'draft') return null;
  switch (open.draft.state) {
    case 'kept':
      return <StatusWord tone="neutral" icon="save" word={t('newSession.draft.kept')} wraps />;
    case 'keeping':
      return <StatusWord tone="neutral" icon="save" word={t('newSession.draft.keeping')} wraps />;
    case 'not-kept':
      return <StatusWord tone="danger" icon="alert" word={t('newSession.draft.notKept')} wraps />;
    default:
      return open.draft satisfies never;
  }
}
