import type { FormDefinition } from '../../contract/form.ts';
import type { ModelManifest } from '../../contract/model-manifest.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { ScreeningResult } from '../../contract/session.ts';
import { useText } from '../i18n/index.ts';
import { decisionLooks } from '../state/status-looks.ts';
import { strongestEvidence } from '../state/evidence.ts';
import { Facts, Notice, StatusWord, type Fact } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { problemAbout } from './problem-about.ts';
import { providerName } from './provider-name.ts';
import { ScoreScale } from './score-scale.tsx';
import { stepTitle } from './step-titles.ts';
import './result-view.css';

export interface ResultViewProps {
  readonly result: ScreeningResult;
  /** Absent when the model is no longer installed. */
  readonly manifest?: ModelManifest | undefined;
  /** For the titles of the recordings. */
  readonly protocols?: readonly ProtocolDefinition[] | undefined;
  /** For the labels of answers that a model lacked. */
  readonly form?: FormDefinition | undefined;
}

/**
 * What a model says, and no more: a sentence, the decision word, the score against its thresholds, which model it was,
 * what it was trained on and its limits, and where in the recordings the evidence lies.
 */
export function ResultView({ result, manifest, protocols = [], form }: ResultViewProps) {
  const text = useText();
  const { t } = text;
  const { outcome } = result;
  return (
    <div className="result">
      {outcome.status === 'error' ? (
        <>
          <p className="result__sentence">{t('result.error.title')}</p>
          <ProblemNotice
            problem={{ code: outcome.problem, details: outcome.details }}
            about={problemAbout(text, { code: outcome.problem, details: outcome.details }, protocols, form)}
          />
        </>
      ) : (
        <CompletedOutcome outcome={outcome} result={result} protocols={protocols} />
      )}
      <p className="result__caution">{t('result.preDiagnosis')}</p>
      {result.model.isDemonstration ? (
        <Notice tone="warning" title={t('result.demonstration.title')}>
          <p>{t('result.demonstration.body')}</p>
        </Notice>
      ) : null}
      <Facts facts={factsOf(text, result, manifest)} />
      {manifest === undefined ? <p className="muted">{t('result.notInstalled')}</p> : null}
    </div>
  );
}

type Completed = Extract<ScreeningResult['outcome'], { status: 'completed' }>;

function CompletedOutcome(props: {
  readonly outcome: Completed;
  readonly result: ScreeningResult;
  readonly protocols: readonly ProtocolDefinition[];
}) {
  const text = useText();
  const { t, format } = text;
  const { outcome, result, protocols } = props;
  const title = (stepKey: string): string => stepTitle(text, protocols, stepKey);
  const score = outcome.scores[outcome.labels.indexOf(outcome.positiveLabel)];
  const evidence = strongestEvidence(outcome.evidence);
  return (
    <>
      <p className="result__sentence">
        {result.model.isDemonstration
          ? t(`demonstrationSentence.${outcome.decision}`)
          : t(`decisionSentence.${outcome.decision}`)}
      </p>
      <div className="result__decision">
        <StatusWord {...decisionLooks[outcome.decision]} word={t(`decision.${outcome.decision}`)} />
        <ul className="result__reasons">
          {outcome.reasons.map((reason) => (
            <li key={reason}>{t(`reason.${reason}`)}</li>
          ))}
        </ul>
      </div>
      {result.inputs.refusedRecordings.length === 0 ? null : (
        <p>{t('result.refused', { steps: format.list(result.inputs.refusedRecordings.map(title)) })}</p>
      )}
      <ScoreScale shownScore={outcome.shownScore} thresholds={outcome.thresholds} />
      {score === undefined || score === outcome.shownScore ? null : (
        <p className="small muted">{t('result.clamped')}</p>
      )}
      {evidence.length === 0 ? null : (
        <div className="result__evidence">
          <h3>{t('result.evidence')}</h3>
          <ul>
            {evidence.map((window) => (
              <li key={`${window.stepKey} ${window.startS}`}>
                {t('result.evidenceLine', {
                  step: title(window.stepKey),
                  start: format.seconds(window.startS),
                  end: format.seconds(window.endS),
                })}
                {' · '}
                {t('result.scoreValue', { score: format.number(window.score, 2) })}
              </li>
            ))}
          </ul>
          <p className="small muted">{t('result.evidenceHelp')}</p>
        </div>
      )}
    </>
  );
}

function factsOf(
  text: ReturnType<typeof useText>,
  result: ScreeningResult,
  manifest: ModelManifest | undefined,
): readonly Fact[] {
  const { t, local, format } = text;
  const { outcome, model } = result;
  const name = manifest === undefined ? model.name : local(manifest.title);
  return [
    {
      name: t('result.model'),
      value: t('detail.versionOf', { name, version: model.version }),
    },
    ...(manifest === undefined
      ? []
      : [
          { name: t('result.intendedUse'), value: local(manifest.intendedUse) },
          { name: t('result.trainedOn'), value: local(manifest.trainedOn) },
          { name: t('result.limits'), value: local(manifest.limits.text) },
        ]),
    ...(outcome.status === 'completed'
      ? [
          {
            name: t('result.ranOn'),
            value: t('result.ranOnValue', {
              provider: providerName(text, outcome.provider),
              ms: format.milliseconds(outcome.timing.totalMs),
            }),
          },
        ]
      : []),
    {
      name: t('result.at'),
      value: t('result.atValue', { at: format.moment(result.at), version: result.appVersion }),
    },
  ];
}
