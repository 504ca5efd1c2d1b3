import type { SessionSummary } from '../../contract/session.ts';
import { useText } from '../i18n/index.ts';
import { hrefOf } from '../router.ts';
import { syncLooks } from '../state/status-looks.ts';
import { syncHelp, syncWord } from '../state/sync-texts.ts';
import { LinkButton, Notice, StatusWord } from '../ui/index.ts';

type Way = Pick<SessionSummary, 'sync' | 'syncProgress' | 'syncReason'>;

/** Where a session is safe: in a cell of the list, two lines where there is a reason to tell. */
export function SyncCell({ session }: { readonly session: Way }) {
  const text = useText();
  const word = syncWord(text, session);
  const { sync, syncReason } = session;
  return (
    <div className="sessions__sync" title={word}>
      <StatusWord {...syncLooks[sync]} word={syncReason === null ? word : text.t(`sync.${sync}`)} />
      {syncReason === null ? null : (
        <span className="sessions__why muted">{text.t(`syncReason.${syncReason}`)}</span>
      )}
    </div>
  );
}

/** The same on the session's own page, with what it means and what to do next. */
export function SyncExplained({ session }: { readonly session: Way }) {
  const text = useText();
  const help = syncHelp(text, session);
  if (session.sync !== 'needs-attention') return <p className="small muted">{help}</p>;
  return (
    <Notice
      tone="warning"
      title={syncWord(text, session)}
      actions={
        <LinkButton icon="chevron-right" href={hrefOf({ page: 'settings', section: 'registry' })}>
          {text.t('syncState.details')}
        </LinkButton>
      }
    >
      <p>{help}</p>
    </Notice>
  );
}
