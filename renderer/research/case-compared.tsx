import type { LabelCase } from '../../contract/registry/labels.ts';
import { useText } from '../i18n/index.ts';
import { Waiting } from '../pages/waiting.tsx';
import { byModel } from '../state/evidence.ts';
import { decisionLooks } from '../state/status-looks.ts';
import { useLoading } from '../state/use-loading.ts';
import { Card, StatusWord } from '../ui/index.ts';
import { resultsOf } from './registry-session.ts';
import { LabelLines } from './session-labels.tsx';

/** After one's own label is safe: what others said of the session, and what models say. */
export function CaseCompared({ labelCase }: { readonly labelCase: LabelCase }) {
  const { t, local, format } = useText();
  const params = { sessionId: labelCase.sessionId };
  const labels = useLoading('research.labels.of-session', { params });
  const session = useLoading('research.sessions.read', { params });
  const models = useLoading('research.models.list', {}).value?.models ?? [];
  return (
    <Card title={t('labelling.compared')}>
      <Waiting loading={labels}>
        {(value) => (
          <>
            {value.labels.filter(({ isInForce }) => isInForce).length < 2 ? (
              <p className="muted">{t('labels.onlyYours')}</p>
            ) : value.questions.some(({ consolidated }) => consolidated?.isDisagreed === true) ? (
              <StatusWord tone="warning" icon="warning" wraps word={t('labels.disagreed')} />
            ) : (
              <StatusWord tone="success" icon="check" wraps word={t('labels.agreed')} />
            )}
            <LabelLines
              labels={value.labels.filter(
                ({ question, isInForce }) => isInForce && question === labelCase.question,
              )}
            />
          </>
        )}
      </Waiting>
      <h3>{t('detail.results')}</h3>
      <Waiting loading={session}>
        {(detail) => {
          const groups = byModel(resultsOf(detail));
          return groups.length === 0 ? (
            <p className="muted">{t('detail.noResults')}</p>
          ) : (
            <ul className="panel-list">
              {groups.map(({ model, newest: { id, outcome } }) => {
                const manifest = models.find(
                  ({ name, version }) => name === model.name && version === model.version,
                )?.manifest;
                return (
                  <li key={id}>
                    <span>
                      {t('detail.versionOf', {
                        name: manifest === undefined ? model.name : local(manifest.title),
                        version: model.version,
                      })}
                    </span>
                    {outcome.status === 'completed' ? (
                      <span className="row">
                        <StatusWord
                          {...decisionLooks[outcome.decision]}
                          word={t(`decision.${outcome.decision}`)}
                        />
                        <span className="muted small">
                          {t('result.scoreValue', { score: format.number(outcome.shownScore, 2) })}
                        </span>
                      </span>
                    ) : (
                      <StatusWord tone="danger" icon="alert" word={t('status.error')} />
                    )}
                  </li>
                );
              })}
            </ul>
          );
        }}
      </Waiting>
    </Card>
  );
}
