import { useText } from '../i18n/index.ts';
import { answerGroups } from '../state/answer-rows.ts';
import { Card, Facts } from '../ui/index.ts';
import type { SessionContext } from './session-context.ts';

export function SessionAnswers({ session, definitions }: SessionContext) {
  const text = useText();
  const { t } = text;
  const form = definitions.forms.find(
    ({ id, version }) => id === session.form.id && version === session.form.version,
  );
  const groups = answerGroups(text, form, session.answers, session.confirmedWarnings);
  return (
    <Card title={t('detail.answers')}>
      {groups.length === 0 ? <p className="muted">{t('detail.noAnswers')}</p> : null}
      {groups.map((group) => (
        <div key={group.key} className="stack stack--tight">
          {group.title === '' ? null : <h3>{group.title}</h3>}
          <Facts
            facts={group.rows.map((row) => ({
              name: row.label,
              value: (
                <>
                  {row.answer}
                  {row.isConfirmedWarning ? (
                    <span className="small muted">{` (${t('detail.warningConfirmed')})`}</span>
                  ) : null}
                  {row.isOutcome ? (
                    <span className="small muted">{` (${t('detail.labelMark')})`}</span>
                  ) : null}
                </>
              ),
            }))}
          />
        </div>
      ))}
    </Card>
  );
}
