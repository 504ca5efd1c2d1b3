import type { CommandOutput } from '../../contract/app-api.ts';
import type { SessionId } from '../../contract/ids.ts';
import type { Account } from '../../contract/people.ts';
import type { RegistryTake } from '../../contract/research.ts';
import { useText, type Text } from '../i18n/index.ts';
import { Page } from '../pages/page.tsx';
import { ResultView } from '../pages/result-view.tsx';
import { stepTitle } from '../pages/step-titles.ts';
import { Waiting } from '../pages/waiting.tsx';
import { hrefOf } from '../router.ts';
import { answerGroups } from '../state/answer-rows.ts';
import { byModel, evidenceOfTake } from '../state/evidence.ts';
import { useLoading } from '../state/use-loading.ts';
import { Card, Facts, LinkButton, Notice, StatusWord } from '../ui/index.ts';
import { TakeWaveform } from '../waveform/take-waveform.tsx';
import { RegistryGate } from './registry-gate.tsx';
import { notesOf, resultsOf, stepsOf, type RegistrySessionDetail } from './registry-session.ts';
import { StateWord } from './registry-sessions.tsx';
import { SessionLabelsCard } from './session-labels.tsx';
import '../pages/session.css';

type Definitions = CommandOutput<'definitions.list'>;
const noDefinitions: Definitions = { forms: [], protocols: [] };

/** One session of the registry whole. */
export function RegistrySessionPage(props: { readonly account: Account; readonly sessionId: SessionId }) {
  const { t } = useText();
  return (
    <Page
      title={t('research.session.title')}
      isWide
      aside={
        <LinkButton look="quiet" icon="arrow-left" href={hrefOf({ page: 'research', section: 'sessions' })}>
          {t('detail.back')}
        </LinkButton>
      }
    >
      <RegistryGate account={props.account}>{() => <UnlessBlind sessionId={props.sessionId} />}</RegistryGate>
    </Page>
  );
}

/** Whoever is reading this session blind gives their label first: what is seen here cannot be unseen. */
function UnlessBlind({ sessionId }: { readonly sessionId: SessionId }) {
  const { t } = useText();
  const labels = useLoading('research.labels.of-session', { params: { sessionId } });
  return (
    <Waiting loading={labels}>
      {(value) =>
        value.isBlinded ? (
          <Notice
            tone="warning"
            title={t('research.session.blind')}
            actions={
              <LinkButton
                look="primary"
                icon="labels"
                href={hrefOf({ page: 'research', section: 'labelling' })}
              >
                {t('research.section.labelling')}
              </LinkButton>
            }
          >
            <p>{t('research.session.blindBody')}</p>
          </Notice>
        ) : (
          <WholeSession sessionId={sessionId} labels={labels} />
        )
      }
    </Waiting>
  );
}

function WholeSession(props: {
  readonly sessionId: SessionId;
  readonly labels: Parameters<typeof SessionLabelsCard>[0]['labels'];
}) {
  const session = useLoading('research.sessions.read', { params: { sessionId: props.sessionId } });
  const definitions = useLoading('definitions.list', {}).value ?? noDefinitions;
  const models = useLoading('research.models.list', {}).value?.models ?? [];
  return (
    <Waiting loading={session}>
      {(detail) => (
        <div className="session__columns">
          <div className="session__column">
            <SessionLabelsCard labels={props.labels} />
            <Recordings detail={detail} definitions={definitions} />
            <Results detail={detail} definitions={definitions} models={models} />
          </div>
          <div className="session__column">
            <SessionFacts detail={detail} definitions={definitions} />
            <Answers detail={detail} definitions={definitions} />
            <Notes detail={detail} />
          </div>
        </div>
      )}
    </Waiting>
  );
}

interface Part {
  readonly detail: RegistrySessionDetail;
  readonly definitions: Definitions;
}

function SessionFacts({ detail }: Part) {
  const { t, format } = useText();
  const { content } = detail;
  const hospital =
    useLoading('research.hospitals.list', {}).value?.hospitals.find(({ id }) => id === detail.hospitalId)
      ?.name ??
    content.hospital ??
    t('common.none');
  const { consent } = content;
  return (
    <Card title={t('detail.facts')} aside={<StateWord state={detail.state} />}>
      <Facts
        facts={[
          { name: t('column.recordNumber'), value: detail.recordNumber ?? t('list.noRecord') },
          { name: t('column.hospital'), value: hospital },
          { name: t('detail.mode'), value: `${t(`mode.${detail.mode}`)} · ${t(`kind.${detail.kind}`)}` },
          { name: t('research.sessions.recordedAt'), value: format.moment(content.createdAt) },
          { name: t('research.sessions.receivedAt'), value: format.instant(detail.receivedAt) },
          { name: t('detail.createdBy'), value: content.createdBy.username },
          {
            name: t('detail.consent'),
            value:
              consent === null
                ? t('detail.consentNone')
                : t('detail.consentPurposes', {
                    purposes: format.list(consent.purposes.map((purpose) => t(`purpose.${purpose}`))),
                  }),
          },
        ]}
      />
    </Card>
  );
}

function Answers({ detail: { content }, definitions }: Part) {
  const text = useText();
  const { t } = text;
  const form = definitions.forms.find(
    ({ id, version }) => id === content.form.id && version === content.form.version,
  );
  const groups = answerGroups(text, form, content.answers, content.confirmedWarnings);
  return (
    <Card title={t('detail.answers')}>
      {form === undefined ? <p className="muted">{t('research.session.formUnknown')}</p> : null}
      {groups.length === 0 ? <p className="muted">{t('detail.noAnswers')}</p> : null}
      {groups.map((group) => (
        <div key={group.key} className="stack stack--tight">
          {group.title === '' ? null : <h3>{group.title}</h3>}
          <Facts facts={group.rows.map(({ label, answer }) => ({ name: label, value: answer }))} />
        </div>
      ))}
    </Card>
  );
}

function Notes({ detail }: { readonly detail: RegistrySessionDetail }) {
  const { t, format } = useText();
  const notes = notesOf(detail);
  return (
    <Card title={t('detail.notes')}>
      {notes.length === 0 ? <p className="muted">{t('detail.noNotes')}</p> : null}
      <ul className="timeline">
        {notes.map((note) => (
          <li key={note.id}>
            <span className="note">{note.text}</span>
            <span className="small muted">
              {t('detail.noteBy', { by: note.by, at: format.moment(note.at) })}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Results({
  detail,
  definitions,
  models,
}: Part & { readonly models: CommandOutput<'research.models.list'>['models'] }) {
  const { t, local } = useText();
  const groups = byModel(resultsOf(detail));
  return (
    <Card title={t('detail.results')}>
      {groups.length === 0 ? <p className="muted">{t('detail.noResults')}</p> : null}
      {groups.map(({ model, newest }) => {
        const manifest = models.find(
          ({ name, version }) => name === model.name && version === model.version,
        )?.manifest;
        const name = manifest === undefined ? model.name : local(manifest.title);
        return (
          <section key={newest.id} className="step" aria-label={`${name} ${model.version}`}>
            <h3>{t('detail.versionOf', { name, version: model.version })}</h3>
            <ResultView result={newest} manifest={manifest} protocols={definitions.protocols} />
          </section>
        );
      })}
    </Card>
  );
}

function Recordings({ detail, definitions }: Part) {
  const text = useText();
  const { t } = text;
  const newest = byModel(resultsOf(detail))[0]?.newest;
  const thresholds = newest?.outcome.status === 'completed' ? newest.outcome.thresholds : undefined;
  return (
    <Card title={t('detail.recordings')}>
      {detail.takes.length === 0 ? <p className="muted">{t('detail.noRecordings')}</p> : null}
      {stepsOf(detail).map((step) => {
        const title = stepTitle(text, definitions.protocols, step.key, detail.content.protocol);
        const [first, ...others] = step.takes;
        return (
          <section key={step.key} className="step">
            <h3>{title}</h3>
            {step.skipReason === null ? null : (
              <StatusWord
                tone="neutral"
                icon="skip"
                wraps
                word={t('detail.stepSkipped', {
                  reason: skipReason(text, definitions, step.key, step.skipReason),
                })}
              />
            )}
            {first === undefined ? null : (
              <TakeOfRegistry
                take={first}
                title={title}
                evidence={evidenceOfTake(newest, first.id)}
                thresholds={thresholds}
              />
            )}
            {others.length === 0 ? null : (
              <details className="fold">
                <summary>{t('detail.otherTakes', { count: others.length })}</summary>
                <div className="fold__content">
                  {others.map((take) => (
                    <TakeOfRegistry
                      key={take.id}
                      take={take}
                      title={title}
                      evidence={[]}
                      thresholds={undefined}
                    />
                  ))}
                </div>
              </details>
            )}
          </section>
        );
      })}
    </Card>
  );
}

function skipReason({ local }: Text, { protocols }: Definitions, stepKey: string, value: string): string {
  const reason = protocols
    .flatMap(({ steps }) => steps)
    .find(({ key }) => key === stepKey)
    ?.skipReasons.find((candidate) => candidate.value === value);
  return reason === undefined ? value : local(reason.label);
}

function TakeOfRegistry(props: {
  readonly take: RegistryTake;
  readonly title: string;
  readonly evidence: ReturnType<typeof evidenceOfTake>;
  readonly thresholds: { readonly positive: number; readonly negative: number } | undefined;
}) {
  const { t, format } = useText();
  const { take } = props;
  const failed = take.quality.gates.filter((gate) => !gate.passed);
  return (
    <div className="take">
      <div className="row">
        <strong>{t('detail.take', { version: take.version })}</strong>
        {take.isChosen ? <StatusWord tone="accent" icon="check" word={t('detail.takeChosen')} /> : null}
        {failed.length === 0 ? (
          <StatusWord tone="success" icon="done" word={t('detail.qualityGood')} />
        ) : (
          <StatusWord
            tone="warning"
            icon="warning"
            wraps
            word={format.list(failed.map(({ gate }) => t(`gate.${gate}`)))}
          />
        )}
        <span className="muted small">{format.seconds(take.durationS)}</span>
      </div>
      {take.state === 'stored' ? (
        <TakeWaveform
          takeId={take.id}
          registrySession={take.sessionId}
          durationS={take.durationS}
          label={props.title}
          evidence={props.evidence}
          {...(props.thresholds === undefined ? {} : { thresholds: props.thresholds })}
          showSpectrogram
          loadsOnDemand
        />
      ) : (
        <p className="muted">{t('research.session.notArrived')}</p>
      )}
    </div>
  );
}
