import { useState, type SubmitEvent } from 'react';
import type { EventPayload } from '../../contract/app-api.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Problem } from '../../contract/result.ts';
import type { ScreeningResult } from '../../contract/session.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { byModel } from '../state/evidence.ts';
import { mayCall } from '../state/rights.ts';
import { Button, Card, CheckboxGroup, Dialog, StatusWord } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { ResultView } from './result-view.tsx';
import type { SessionContext } from './session-context.ts';

/** What each model says, the newest result first; with the ways to check it and to ask another model. */
export function SessionResults(context: SessionContext) {
  const { t, local } = useText();
  const { session, models, definitions, account } = context;
  const [isChoosing, setChoosing] = useState(false);
  const groups = byModel(session.screenings);
  const manifestOf = (model: ModelReference) =>
    models.find(({ manifest }) => manifest.name === model.name && manifest.version === model.version)
      ?.manifest;
  const form = definitions.forms.find(
    ({ id, version }) => id === session.form.id && version === session.form.version,
  );
  const canScreen = mayCall(account.roles, 'sessions.screen') && isScreenable(session.status);
  return (
    <Card
      title={t('detail.results')}
      aside={
        canScreen ? (
          <Button icon="activity" onClick={() => setChoosing(true)}>
            {t('detail.screen')}
          </Button>
        ) : undefined
      }
    >
      <ScreeningProgress sessionId={session.id} isProcessing={session.status === 'processing'} />
      {groups.length === 0 && session.status !== 'processing' ? (
        <p className="muted">{t('detail.noResults')}</p>
      ) : null}
      {groups.map(({ model, newest, earlier }) => {
        const manifest = manifestOf(model);
        const name = manifest === undefined ? model.name : local(manifest.title);
        return (
          <section key={newest.id} className="step" aria-label={`${name} ${model.version}`}>
            <h3>{t('detail.versionOf', { name, version: model.version })}</h3>
            <ResultView result={newest} manifest={manifest} protocols={definitions.protocols} form={form} />
            <Replay result={newest} />
            {earlier.length === 0 ? null : (
              <details className="fold">
                <summary>{t('detail.earlierResults', { count: earlier.length })}</summary>
                <div className="fold__content">
                  {earlier.map((result) => (
                    <div key={result.id} className="step">
                      <ResultView
                        result={result}
                        manifest={manifest}
                        protocols={definitions.protocols}
                        form={form}
                      />
                      <Replay result={result} />
                    </div>
                  ))}
                </div>
              </details>
            )}
          </section>
        );
      })}
      {isChoosing ? <ScreenDialog {...context} onClose={() => setChoosing(false)} /> : null}
    </Card>
  );
}

function isScreenable(status: SessionContext['session']['status']): boolean {
  return status === 'recorded' || status === 'completed' || status === 'error';
}

function ScreeningProgress(props: { readonly sessionId: string; readonly isProcessing: boolean }) {
  const { t } = useText();
  const [progress, setProgress] = useState<EventPayload<'screening.progress'> | null>(null);
  useEvent('screening.progress', (event) => {
    if (event.sessionId === props.sessionId) setProgress(event.stage === 'done' ? null : event);
  });
  if (progress === null && !props.isProcessing) return null;
  return (
    <>
      <p role="status">
        <StatusWord
          tone="accent"
          icon="busy"
          word={progress === null ? t('detail.screenRunning') : t(`stage.${progress.stage}`)}
          wraps
        />
      </p>
      {progress?.problem === undefined ? null : <ProblemNotice problem={{ code: progress.problem }} />}
    </>
  );
}

type ReplayOutcome = { readonly matches: boolean; readonly largestDifference: number | null };

function Replay({ result }: { readonly result: ScreeningResult }) {
  const { t, format } = useText();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<ReplayOutcome | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (result.outcome.status === 'error') return null;
  const replay = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('sessions.replay', { resultId: result.id });
    setBusy(false);
    setOutcome(answer.ok ? answer.value : null);
    setProblem(answer.ok ? null : answer.problem);
  };
  const word = (replayed: ReplayOutcome): string => {
    if (replayed.matches) return t('result.replay.matches');
    return replayed.largestDifference === null
      ? t('result.replay.differsUnknown')
      : t('result.replay.differs', { difference: format.number(replayed.largestDifference, 6) });
  };
  return (
    <div className="stack stack--tight">
      <div className="row">
        <Button icon="refresh" isBusy={isBusy} onClick={() => void replay()}>
          {t('result.replay')}
        </Button>
        <span role="status">
          {outcome === null ? null : (
            <StatusWord
              tone={outcome.matches ? 'success' : 'danger'}
              icon={outcome.matches ? 'done' : 'alert'}
              word={word(outcome)}
              wraps
            />
          )}
        </span>
      </div>
      <p className="small muted">{t('result.replayHelp')}</p>
      {problem === null ? null : <ProblemNotice problem={problem} retry={() => void replay()} />}
    </div>
  );
}

function ScreenDialog({
  session,
  models,
  onClose,
  reload,
}: SessionContext & { readonly onClose: () => void }) {
  const { t, local } = useText();
  // A model that was not tested yet is tested before it is used; one that serves no more may repeat its own.
  const ready = models.filter(
    ({ state, service, manifest }) =>
      state !== 'failed' &&
      (service === 'in-service' ||
        session.models.some(({ name, version }) => name === manifest.name && version === manifest.version)),
  );
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const options = ready.map(({ manifest }) => ({
    value: `${manifest.name} ${manifest.version}`,
    label: t('detail.versionOf', { name: local(manifest.title), version: manifest.version }),
    help: local(manifest.intendedUse),
  }));
  const submit = async (event?: SubmitEvent): Promise<void> => {
    event?.preventDefault();
    const references = ready
      .filter(({ manifest }) => chosen.includes(`${manifest.name} ${manifest.version}`))
      .map(({ manifest }) => ({ name: manifest.name, version: manifest.version }));
    if (isBusy || references.length === 0) return;
    setBusy(true);
    const answer = await call('sessions.screen', { sessionId: session.id, models: references });
    setBusy(false);
    if (answer.ok) {
      reload();
      onClose();
    } else setProblem(answer.problem);
  };
  return (
    <Dialog
      title={t('detail.screenTitle')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            icon="activity"
            isBusy={isBusy}
            isDisabled={chosen.length === 0}
            onClick={() => void submit()}
          >
            {t('detail.screenStart')}
          </Button>
        </>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {options.length === 0 ? (
        <p>{t('detail.screenNone')}</p>
      ) : (
        <CheckboxGroup
          label={t('detail.screenChoose')}
          options={options}
          values={chosen}
          onChange={setChosen}
          layout="column"
        />
      )}
      {isBusy ? <p role="status">{t('detail.screenRunning')}</p> : null}
    </Dialog>
  );
}
