/** The end of a session: closing it, what the models say, or that it is kept. */
import { useEffect, useState } from 'react';
import type { ModelState } from '../../contract/app-api.ts';
import type { ModelReference } from '../../contract/model-manifest.ts';
import type { Problem } from '../../contract/result.ts';
import type { ScreeningResult } from '../../contract/session.ts';
import { call, subscribe } from '../api/index.ts';
import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { ResultView } from '../pages/result-view.tsx';
import { hrefOf, navigate } from '../router.ts';
import { Button, Card, CheckboxGroup, LinkButton, Notice, StatusWord, TextField } from '../ui/index.ts';
import { beginAnew, draftSettled, noteSession, refreshSession, useFlow, type OpenSession } from './flow.ts';
import { FlowTop } from './flow-top.tsx';

export function ResultStep({ open }: { readonly open: OpenSession }) {
  const { session } = open;
  useScreeningEvents(session.id);
  switch (session.status) {
    case 'draft':
      return <Finish open={open} />;
    case 'processing':
      return <Processing open={open} />;
    case 'recorded':
    case 'completed':
    case 'error':
      return session.mode === 'collection' && session.screenings.length === 0 ? (
        <Kept open={open} />
      ) : (
        <Results open={open} />
      );
    case 'discarded':
      return <Discarded open={open} />;
    default:
      return session.status satisfies never;
  }
}

function useScreeningEvents(sessionId: OpenSession['session']['id']): void {
  useEffect(() => {
    const stop = subscribe('screening.progress', ({ sessionId: of, ...progress }) => {
      if (of === sessionId) useFlow.setState({ progress });
    });
    return () => {
      stop();
      useFlow.setState({ progress: undefined });
    };
  }, [sessionId]);
}

/** Closes the session by itself; the button is for when that did not work. */
function Finish({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const sessionId = open.session.id;
  useEffect(() => {
    let isCurrent = true;
    const complete = async (): Promise<void> => {
      await draftSettled();
      const completed = await call('sessions.complete', { sessionId });
      if (!isCurrent) return;
      if (completed.ok) noteSession(completed.value);
      // Closed meanwhile, by this page or by another window: what became of it is what counts.
      else if (completed.problem.code === 'session-closed') await refreshSession();
      else setProblem(completed.problem);
    };
    void complete();
    return () => {
      isCurrent = false;
    };
  }, [sessionId, attempt]);
  if (problem === undefined) return <Processing open={open} />;
  return (
    <div className="flow__form">
      <FlowTop open={open} title={t('newSession.result.notYet')} />
      <ProblemNotice
        problem={problem}
        retry={() => {
          setProblem(undefined);
          setAttempt((count) => count + 1);
        }}
      />
    </div>
  );
}

function Processing({ open }: { readonly open: OpenSession }) {
  const { t, local } = useText();
  const progress = useFlow((flow) => flow.progress);
  const models = useFlow((flow) => flow.models);
  const manifest = manifestOf(models, progress?.model);
  return (
    <div className="flow__form">
      <FlowTop open={open} title={t('newSession.result.working')} />
      <p className="lead" role="status">
        <StatusWord tone="accent" icon="busy" word={t(`stage.${progress?.stage ?? 'preparing'}`)} />
        {manifest === undefined ? null : <span className="muted"> {local(manifest.title)}</span>}
      </p>
      {progress?.problem === undefined ? (
        <p>{t('newSession.result.workingHelp')}</p>
      ) : (
        <NotStored open={open} code={progress.problem} />
      )}
    </div>
  );
}

/** The result is there and waits for the store: by itself, or at once for whoever made room. */
function NotStored({ open, code }: { readonly open: OpenSession; readonly code: Problem['code'] }) {
  const retry = async (): Promise<void> => {
    const completed = await call('sessions.complete', { sessionId: open.session.id });
    if (completed.ok) noteSession(completed.value);
  };
  return <ProblemNotice problem={{ code }} retry={() => void retry()} />;
}

function Kept({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  return (
    <div className="flow__form">
      <FlowTop open={open} title={t('newSession.kept.title')} />
      <Notice tone="success" title={t('newSession.kept.what')}>
        {t('newSession.kept.do')}
      </Notice>
      <NoteCard open={open} />
      <Onward open={open} />
    </div>
  );
}

function Discarded({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  return (
    <div className="flow__form">
      <FlowTop open={open} title={t('newSession.discarded.title')} lead={t('newSession.discarded.body')} />
      <div className="flow__actions">
        <LinkButton look="primary" href={hrefOf({ page: 'home' })}>
          {t('newSession.home')}
        </LinkButton>
      </div>
    </div>
  );
}

function Results({ open }: { readonly open: OpenSession }) {
  const { t, local } = useText();
  const models = useFlow((flow) => flow.models);
  const results = newestOfEachModel(open.session.screenings);
  return (
    <div className="flow__form">
      <FlowTop open={open} title={t('newSession.result.title')} />
      {results.length === 0 ? (
        <Notice tone="warning" title={t('newSession.result.none')}>
          {t('newSession.result.noneHelp')}
        </Notice>
      ) : null}
      {results.map((result) => {
        const manifest = manifestOf(models, result.model);
        const name = manifest === undefined ? result.model.name : local(manifest.title);
        return (
          <Card
            key={result.id}
            title={t('newSession.titleAndVersion', { title: name, version: result.model.version })}
          >
            <ResultView
              result={result}
              protocols={[open.protocol]}
              {...(manifest === undefined ? {} : { manifest })}
            />
          </Card>
        );
      })}
      <CompareCard open={open} results={results} />
      <NoteCard open={open} />
      <Onward open={open} />
    </div>
  );
}

/** The same recordings heard by other models, or once more by one that failed. */
function CompareCard({
  open,
  results,
}: {
  readonly open: OpenSession;
  readonly results: readonly ScreeningResult[];
}) {
  const { t, local } = useText();
  const models = useFlow((flow) => flow.models);
  const progress = useFlow((flow) => flow.progress);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isHeard = (model: ModelReference): boolean =>
    results.some((result) => nameOf(result.model) === nameOf(model) && result.outcome.status === 'completed');
  const others = models.filter((model) => model.state !== 'failed' && !isHeard(model.manifest));
  if (others.length === 0) return null;
  const compare = async (): Promise<void> => {
    const wanted = others.filter((model) => chosen.includes(nameOf(model.manifest)));
    if (wanted.length === 0) return;
    setBusy(true);
    const screened = await call('sessions.screen', {
      sessionId: open.session.id,
      models: wanted.map(({ manifest }) => ({ name: manifest.name, version: manifest.version })),
    });
    setBusy(false);
    setProblem(screened.ok ? undefined : screened.problem);
    setChosen([]);
    await refreshSession();
  };
  return (
    <Card title={t('newSession.compare.title')}>
      <div className="stack">
        <CheckboxGroup
          label={t('newSession.models')}
          layout="column"
          values={[...chosen]}
          options={others.map(({ manifest }) => ({
            value: nameOf(manifest),
            label: local(manifest.title),
            help: t('newSession.version', { version: manifest.version }),
          }))}
          onChange={setChosen}
        />
        {problem === undefined ? null : <ProblemNotice problem={problem} />}
        <div className="row">
          <Button
            icon="models"
            isBusy={isBusy}
            isDisabled={chosen.length === 0}
            onClick={() => void compare()}
          >
            {t('newSession.compare.run')}
          </Button>
          <span role="status">{isBusy && progress !== undefined ? t(`stage.${progress.stage}`) : ''}</span>
        </div>
      </div>
    </Card>
  );
}

function NoteCard({ open }: { readonly open: OpenSession }) {
  const { t, format } = useText();
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const save = async (): Promise<void> => {
    if (text.trim() === '') return;
    setBusy(true);
    const noted = await call('sessions.add-note', { sessionId: open.session.id, text: text.trim() });
    setBusy(false);
    if (!noted.ok) {
      setProblem(noted.problem);
      return;
    }
    setProblem(undefined);
    setText('');
    noteSession(noted.value);
  };
  return (
    <Card title={t('newSession.note.title')}>
      <div className="stack stack--tight">
        {open.session.notes.map((note) => (
          <div key={note.id}>
            <p className="flow__note">{note.text}</p>
            <p className="muted small">
              {t('newSession.note.by', { name: note.by, at: format.moment(note.at) })}
            </p>
          </div>
        ))}
        <TextField
          label={t('newSession.note.label')}
          value={text}
          rows={3}
          maximumLength={4000}
          onChange={setText}
        />
        {problem === undefined ? null : <ProblemNotice problem={problem} />}
        <div>
          <Button icon="note" isBusy={isBusy} isDisabled={text.trim() === ''} onClick={() => void save()}>
            {t('newSession.note.save')}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Onward({ open }: { readonly open: OpenSession }) {
  const { t } = useText();
  return (
    <div className="flow__actions">
      <LinkButton size="large" icon="list" href={hrefOf({ page: 'session', sessionId: open.session.id })}>
        {t('newSession.openSession')}
      </LinkButton>
      <Button
        look="primary"
        size="large"
        icon="plus"
        onClick={() => {
          beginAnew();
          navigate({ page: 'new-session', sessionId: null });
        }}
      >
        {t('nav.newSession')}
      </Button>
    </div>
  );
}

function newestOfEachModel(screenings: readonly ScreeningResult[]): readonly ScreeningResult[] {
  const newest = new Map<string, ScreeningResult>();
  for (const result of screenings) {
    const known = newest.get(nameOf(result.model));
    if (known === undefined || result.at.at >= known.at.at) newest.set(nameOf(result.model), result);
  }
  return [...newest.values()];
}

function manifestOf(models: readonly ModelState[], reference: ModelReference | undefined) {
  return reference === undefined
    ? undefined
    : models.find((model) => nameOf(model.manifest) === nameOf(reference))?.manifest;
}

function nameOf({ name, version }: ModelReference): string {
  return `${name} ${version}`;
}
