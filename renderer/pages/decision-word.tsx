import type { SessionSummary } from '../../contract/session.ts';
import { useText } from '../i18n/index.ts';
import { decisionLooks } from '../state/status-looks.ts';
import { StatusWord } from '../ui/index.ts';

/** What the newest result of each model says, in a word; never without its model elsewhere in the row. */
export function DecisionWords({ results }: { readonly results: SessionSummary['results'] }) {
  const { t } = useText();
  const [first, ...rest] = results;
  if (first === undefined) return <span className="muted">{t('list.noDecision')}</span>;
  return (
    <>
      {first.decision === null ? (
        <StatusWord tone="danger" icon="alert" word={t('status.error')} />
      ) : (
        <StatusWord {...decisionLooks[first.decision]} word={t(`decision.${first.decision}`)} />
      )}
      {rest.length === 0 ? null : <span className="muted">{` +${rest.length}`}</span>}
    </>
  );
}
