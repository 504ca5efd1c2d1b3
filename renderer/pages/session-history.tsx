import { useText } from '../i18n/index.ts';
import { Card } from '../ui/index.ts';
import { actionText, detailTexts, personText } from './audit-texts.ts';
import type { SessionContext } from './session-context.ts';

/** What happened to the session, newest first, as the audit trail has it. */
export function SessionHistory({ session, definitions }: SessionContext) {
  const text = useText();
  const { t, format } = text;
  const entries = [...session.history].sort((a, b) => b.sequence - a.sequence);
  return (
    <Card title={t('detail.history')}>
      <details className="fold" open={entries.length <= 12}>
        <summary>{t('detail.historyCount', { count: entries.length })}</summary>
        <ol className="timeline">
          {entries.map((entry) => (
            <li key={entry.sequence}>
              <span>{actionText(text, entry.action)}</span>
              {detailTexts(text, entry, definitions.protocols).map((line) => (
                <span key={line} className="small">
                  {line}
                </span>
              ))}
              <span className="small muted">
                {t('detail.noteBy', { by: personText(text, entry.by), at: format.moment(entry.at) })}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </Card>
  );
}
