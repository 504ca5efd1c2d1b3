import { useState } from 'react';
import type { ModelState } from '../../contract/app-api.ts';
import type { ModelManifest } from '../../contract/model-manifest.ts';
import type { Account } from '../../contract/people.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { mayCall } from '../state/rights.ts';
import { modelLooks } from '../state/status-looks.ts';
import { Button, Card, Dialog, Facts, Notice, StatusWord, type Fact } from '../ui/index.ts';
import { CardText } from './card-text.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { providerName } from './provider-name.ts';
import { stepTitle } from './step-titles.ts';
import './session.css';

export interface ModelCardProps {
  readonly model: ModelState;
  readonly account: Account;
  readonly protocols: readonly ProtocolDefinition[];
  readonly onChange: () => void;
}

export function ModelCard(props: ModelCardProps) {
  const text = useText();
  const { t, local } = text;
  const { model, account, onChange } = props;
  const { manifest } = model;
  const reference = { name: manifest.name, version: manifest.version };
  const title = local(manifest.title);
  const [isReading, setReading] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const test = async (): Promise<void> => {
    setTesting(true);
    const answer = await call('models.test', reference);
    setTesting(false);
    setProblem(answer.ok ? null : answer.problem);
    onChange();
  };
  const remove = async (): Promise<void> => {
    setRemoving(false);
    const answer = await call('models.remove', reference);
    setProblem(answer.ok ? null : answer.problem);
    onChange();
  };

  return (
    <Card
      title={t('detail.versionOf', { name: title, version: manifest.version })}
      aside={<StatusWord {...modelLooks[model.state]} word={t(`modelState.${model.state}`)} />}
    >
      {manifest.isDemonstration ? (
        <Notice tone="warning" title={t('result.demonstration.title')}>
          <p>{t('result.demonstration.body')}</p>
        </Notice>
      ) : null}
      {model.problem === null ? null : <ProblemNotice problem={model.problem} />}
      {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      <Facts facts={factsOf(text, props)} />
      <Metrics manifest={manifest} />
      <div className="row">
        <Button icon="info" onClick={() => setReading(true)}>
          {t('models.card')}
          <span className="visually-hidden">{` ${title}`}</span>
        </Button>
        <Button icon="refresh" isBusy={isTesting} onClick={() => void test()}>
          {t('models.testAgain')}
          <span className="visually-hidden">{` ${title}`}</span>
        </Button>
        {mayCall(account.roles, 'models.remove') && model.source === 'installed' ? (
          <Button icon="remove" onClick={() => setRemoving(true)}>
            {t('models.remove')}
            <span className="visually-hidden">{` ${title}`}</span>
          </Button>
        ) : null}
      </div>
      {isReading ? (
        <Dialog
          title={t('models.cardTitle', { name: title })}
          isWide
          onClose={() => setReading(false)}
          actions={<Button onClick={() => setReading(false)}>{t('common.close')}</Button>}
        >
          <CardText card={model.card} />
          <Facts
            facts={[
              { name: t('models.licence'), value: manifest.licence },
              { name: t('models.identity'), value: <code>{model.sha256}</code> },
            ]}
          />
        </Dialog>
      ) : null}
      {isRemoving ? (
        <Dialog
          title={t('models.removeTitle', { name: title, version: manifest.version })}
          onClose={() => setRemoving(false)}
          actions={
            <>
              <Button onClick={() => setRemoving(false)}>{t('common.cancel')}</Button>
              <Button look="danger" icon="remove" onClick={() => void remove()}>
                {t('models.remove')}
              </Button>
            </>
          }
        >
          <p>{t('models.removeBody')}</p>
        </Dialog>
      ) : null}
    </Card>
  );
}

function factsOf(text: Text, { model, protocols }: ModelCardProps): readonly Fact[] {
  const { t, local, format } = text;
  const { manifest } = model;
  const ages = agesText(text, manifest.limits);
  return [
    { name: t('models.for'), value: local(manifest.intendedUse) },
    { name: t('models.trainedOn'), value: local(manifest.trainedOn) },
    { name: t('models.limits'), value: local(manifest.limits.text) },
    {
      name: t('models.says'),
      value: format.list(manifest.limits.decisions.map((decision) => t(`decision.${decision}`))),
    },
    ...(ages === undefined ? [] : [{ name: t('models.ages'), value: ages }]),
    ...(manifest.input.recordings.length === 0
      ? []
      : [
          {
            name: t('models.needs'),
            value: format.list(
              manifest.input.recordings.map(({ key, minimumS }) =>
                t('models.needsRecording', {
                  step: stepTitle(text, protocols, key),
                  seconds: format.seconds(minimumS),
                }),
              ),
            ),
          },
        ]),
    {
      name: t('models.thresholds'),
      value: t('models.thresholdsValue', {
        negative: format.number(manifest.thresholds.negative, 2),
        positive: format.number(manifest.thresholds.positive, 2),
      }),
    },
    {
      name: t('models.selfTest'),
      value:
        model.testedAt === null
          ? t('models.selfTestNever')
          : model.provider === null
            ? format.moment(model.testedAt)
            : t('models.selfTestAt', {
                at: format.moment(model.testedAt),
                provider: providerName(text, model.provider),
              }),
    },
    ...(model.dropped.length === 0
      ? []
      : [{ name: t('models.dropped'), value: <DroppedProviders dropped={model.dropped} /> }]),
    ...(model.installedAt === null
      ? []
      : [{ name: t('models.inUseSince'), value: format.moment(model.installedAt) }]),
    { name: t('models.offers.service'), value: t(`modelService.${model.service}`) },
    { name: t('models.source'), value: t(`modelSource.${model.source}`) },
    { name: t('models.createdAt'), value: format.instant(manifest.createdAt) },
  ];
}

function DroppedProviders({ dropped }: { readonly dropped: ModelState['dropped'] }) {
  const text = useText();
  const { t, format } = text;
  return (
    <ul>
      {dropped.map(({ provider, reason, largestDifference }) => (
        <li key={provider}>
          {t('models.droppedLine', {
            provider: providerName(text, provider),
            reason: t(`dropped.${reason}`),
          })}
          {largestDifference === null ? null : (
            <span className="muted">
              {` (${t('models.droppedDifference', { difference: format.number(largestDifference, 6) })})`}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Metrics({ manifest }: { readonly manifest: ModelManifest }) {
  const { t, format } = useText();
  if (manifest.metrics.length === 0) return <p className="muted">{t('models.noMetrics')}</p>;
  const methods = [...new Set(manifest.metrics.map((metric) => metric.method))];
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={t('models.metrics')}>
        <table className="plain-table">
          <caption className="visually-hidden">{t('models.metrics')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('models.metric.name')}</th>
              <th scope="col" className="number">
                {t('models.metric.value')}
              </th>
              <th scope="col">{t('models.metric.interval')}</th>
            </tr>
          </thead>
          <tbody>
            {manifest.metrics.map((metric) => (
              <tr key={metric.name}>
                <th scope="row">{metricName(metric.name, t)}</th>
                <td className="number">{format.number(metric.value, 2)}</td>
                <td>
                  {t('models.metric.intervalValue', {
                    low: format.number(metric.low, 2),
                    high: format.number(metric.high, 2),
                    level: format.percent(metric.level, 1),
                  })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details className="fold">
        <summary>{t('models.methods')}</summary>
        <ul className="bullets">
          {methods.map((method) => (
            <li key={method}>{method}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

const knownMetrics = ['accuracy', 'sensitivity', 'specificity', 'f1', 'auc', 'brier'] as const;

function metricName(name: string, t: Text['t']): string {
  const known = knownMetrics.find((metric) => metric === name.toLowerCase());
  return known === undefined ? name : t(`models.metric.${known}`);
}

function agesText({ t }: Text, limits: ModelManifest['limits']): string | undefined {
  const { minimumAgeYears: low, maximumAgeYears: high } = limits;
  if (low !== undefined && high !== undefined) return t('models.agesBetween', { low, high });
  if (low !== undefined) return t('models.agesFrom', { low });
  return high === undefined ? undefined : t('models.agesTo', { high });
}
