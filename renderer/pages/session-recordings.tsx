import type { ScreeningResult, SessionStep, Take } from '../../contract/session.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { useText, type Text } from '../i18n/index.ts';
import { byModel, evidenceOfTake } from '../state/evidence.ts';
import { Card, Facts, Notice, SelectField, StatusWord, type Fact } from '../ui/index.ts';
import { TakeWaveform } from '../waveform/take-waveform.tsx';
import type { SessionContext } from './session-context.ts';
import { stepTitle } from './step-titles.ts';

const longestUnreportedShortfallMs = 250;

export interface SessionRecordingsProps extends SessionContext {
  /** Id of the result whose evidence is drawn; null: the newest one's. */
  readonly evidenceOf: string | null;
  readonly onEvidenceOf: (resultId: string) => void;
}

/** The takes step by step: how they sound and look, where a model found evidence, how good they are. */
export function SessionRecordings(props: SessionRecordingsProps) {
  const text = useText();
  const { t, local } = text;
  const { session, definitions, models } = props;
  const withEvidence = byModel(session.screenings)
    .flatMap(({ newest, earlier }) => [newest, ...earlier])
    .filter(({ outcome }) => outcome.status === 'completed' && outcome.evidence.length > 0);
  const shown = withEvidence.find(({ id }) => id === props.evidenceOf) ?? withEvidence[0];
  const protocol = definitions.protocols.find(
    ({ id, version }) => id === session.protocol.id && version === session.protocol.version,
  );
  const recorded = session.steps.filter((step) => step.state !== 'open' || step.takes.length > 0);
  return (
    <Card title={t('detail.recordings')}>
      {withEvidence.length < 2 || shown === undefined ? null : (
        <SelectField<string>
          label={t('detail.evidenceOf')}
          value={shown.id}
          onChange={props.onEvidenceOf}
          options={withEvidence.map((result) => ({
            value: result.id,
            label: resultLabel(text, result, models),
          }))}
        />
      )}
      {recorded.length === 0 ? <p className="muted">{t('detail.noRecordings')}</p> : null}
      {(recorded.length === 0 ? [] : session.steps).map((step) => (
        <section key={step.key} className="step">
          <h3>{stepTitle({ local }, definitions.protocols, step.key, session.protocol)}</h3>
          <StepTakes step={step} protocol={protocol} evidence={shown} />
        </section>
      ))}
    </Card>
  );
}

function resultLabel(
  { t, local, format }: Text,
  result: ScreeningResult,
  models: SessionContext['models'],
): string {
  const { name, version } = result.model;
  const manifest = models.find(
    (model) => model.manifest.name === name && model.manifest.version === version,
  )?.manifest;
  const title = manifest === undefined ? name : local(manifest.title);
  return `${t('detail.versionOf', { name: title, version })} · ${format.moment(result.at)}`;
}

function StepTakes(props: {
  readonly step: SessionStep;
  readonly protocol: ProtocolDefinition | undefined;
  readonly evidence: ScreeningResult | undefined;
}) {
  const { t, local } = useText();
  const { step, protocol, evidence } = props;
  const title = stepTitle({ local }, protocol === undefined ? [] : [protocol], step.key);
  if (step.state === 'skipped') {
    const reason = protocol?.steps
      .find(({ key }) => key === step.key)
      ?.skipReasons.find(({ value }) => value === step.skipReason);
    return (
      <StatusWord
        tone="neutral"
        icon="skip"
        wraps
        word={t('detail.stepSkipped', {
          reason: reason === undefined ? (step.skipReason ?? '') : local(reason.label),
        })}
      />
    );
  }
  const chosen = step.takes.find((take) => take.isChosen);
  const others = step.takes.filter((take) => take !== chosen);
  return (
    <>
      {chosen === undefined ? (
        others.length === 0 ? (
          <p className="muted">{t('detail.stepOpen')}</p>
        ) : null
      ) : (
        <TakeView take={chosen} evidence={evidence} title={title} />
      )}
      {others.length === 0 ? null : (
        <details className="fold">
          <summary>{t('detail.otherTakes', { count: others.length })}</summary>
          <div className="fold__content">
            {others.map((take) => (
              <TakeView key={take.id} take={take} evidence={evidence} title={title} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function TakeView(props: {
  readonly take: Take;
  readonly evidence: ScreeningResult | undefined;
  readonly title: string;
}) {
  const text = useText();
  const { t, format } = text;
  const { take, evidence } = props;
  const windows = evidenceOfTake(evidence, take.id);
  const thresholds = evidence?.outcome.status === 'completed' ? evidence.outcome.thresholds : undefined;
  return (
    <div className="take">
      <div className="row">
        <strong>{t('detail.take', { version: take.version })}</strong>
        {take.isChosen ? <StatusWord tone="accent" icon="check" word={t('detail.takeChosen')} /> : null}
        <TakeVerdict take={take} />
        <span className="muted small">{format.moment(take.startedAt)}</span>
      </div>
      <TakeWaveform
        takeId={take.id}
        durationS={take.durationS}
        label={props.title}
        evidence={windows}
        {...(thresholds === undefined ? {} : { thresholds })}
        showSpectrogram
        loadsOnDemand
      />
      {isShort(take) ? (
        <Notice tone="warning" title={t('detail.missingAudio', { ms: format.milliseconds(missingMs(take)) })}>
          <p>{t(`interruption.${take.continuity.interruption}`)}</p>
        </Notice>
      ) : null}
      <details className="fold">
        <summary>{t('common.details')}</summary>
        <Facts facts={takeFacts(text, take)} />
      </details>
    </div>
  );
}

function TakeVerdict({ take }: { readonly take: Take }) {
  const { t, format } = useText();
  const failed = take.quality.gates.filter((gate) => !gate.passed);
  if (failed.length === 0) return <StatusWord tone="success" icon="done" word={t('detail.qualityGood')} />;
  return (
    <>
      <StatusWord
        tone="warning"
        icon="warning"
        word={format.list(failed.map(({ gate }) => t(`gate.${gate}`)))}
        wraps
      />
      {take.override === null ? null : (
        <span className="small">{t('detail.qualityOverridden', { reason: take.override.reason })}</span>
      )}
    </>
  );
}

function missingMs(take: Take): number {
  return Math.max(take.continuity.shortfallMs, (take.continuity.missingFrames / take.sampleRateHz) * 1000);
}

function isShort(take: Take): boolean {
  return missingMs(take) > longestUnreportedShortfallMs;
}

function takeFacts({ t, format }: Text, take: Take): readonly Fact[] {
  const { quality, device } = take;
  return [
    { name: t('detail.duration'), value: format.seconds(take.durationS) },
    {
      name: t('detail.rate'),
      value: t('detail.rateValue', { rate: format.number(take.sampleRateHz), bits: take.bitDepth }),
    },
    ...(quality.levelDbfs === null
      ? []
      : [{ name: t('detail.level'), value: format.decibels(quality.levelDbfs) }]),
    ...(quality.signalToNoiseDb === null
      ? []
      : [{ name: t('detail.snr'), value: format.decibels(quality.signalToNoiseDb) }]),
    { name: t('detail.device'), value: device === null ? t('detail.fromFile') : device.label },
    ...(device === null
      ? []
      : [
          {
            name: t('detail.processing'),
            value: t('detail.processingValue', {
              echo: t(`applied.${device.echoCancellation}`),
              noise: t(`applied.${device.noiseSuppression}`),
              gain: t(`applied.${device.autoGainControl}`),
            }),
          },
        ]),
    {
      name: t('detail.continuity'),
      value: isShort(take)
        ? t('detail.missingAudio', { ms: format.milliseconds(missingMs(take)) })
        : t('detail.missingNone'),
    },
    { name: t('detail.interruption'), value: t(`interruption.${take.continuity.interruption}`) },
  ];
}
