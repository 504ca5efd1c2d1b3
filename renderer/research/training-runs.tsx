import { useCallback, useEffect, useState } from 'react';
import type { RegistryRun, RegistryRunDetail } from '../../contract/registry/training-runs.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useText, type Text } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, StatusWord, type IconName, type Tone } from '../ui/index.ts';
import { LineChart, mostSeries } from './line-chart.tsx';
import { figureOf, metricRows, sameOrNot, type ComparedFact } from './run-comparison.ts';
import { conditionWord, metricWord, networkWord, stepWord } from './training-words.ts';
import { WideTable } from './wide-table.tsx';

const looks: Readonly<Record<RegistryRun['status'], { readonly tone: Tone; readonly icon: IconName }>> = {
  open: { tone: 'accent', icon: 'clock' },
  failed: { tone: 'danger', icon: 'alert' },
  complete: { tone: 'success', icon: 'done' },
};

/** Every run that the registry keeps; those that are ticked stand side by side below. */
export function TrainingRuns() {
  const { t, format } = useText();
  const runs = useLoading('research.training-runs.list', { query: { limit: 100 } });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const isFull = chosen.length >= mostSeries;
  return (
    <>
      <Card
        title={t('training.runs')}
        aside={
          <Button size="dense" icon="refresh" isBusy={runs.isWaiting} onClick={runs.reload}>
            {t('research.sessions.refresh')}
          </Button>
        }
      >
        <Waiting loading={runs}>
          {(value) =>
            value.runs.length === 0 ? (
              <p className="muted">{t('training.noRuns')}</p>
            ) : (
              <>
                <p className="muted small" role="status">
                  {t('training.chosen', { count: chosen.length, most: format.number(mostSeries) })}
                </p>
                <WideTable label={t('training.runs')}>
                  <thead>
                    <tr>
                      <th scope="col">{t('training.compare')}</th>
                      <th scope="col">{t('training.run')}</th>
                      <th scope="col">{t('training.state')}</th>
                      <th scope="col">{t('training.network')}</th>
                      <th scope="col">{t('training.made')}</th>
                      <th scope="col" className="number">
                        {t('training.metric.accuracy')}
                      </th>
                      <th scope="col" className="number">
                        {t('training.metric.auc')}
                      </th>
                      <th scope="col">{t('training.parent')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {value.runs.map((run) => (
                      <RunRow
                        key={run.id}
                        run={run}
                        isChosen={chosen.includes(run.id)}
                        isBarred={isFull && !chosen.includes(run.id)}
                        onToggle={() => toggle(run.id)}
                      />
                    ))}
                  </tbody>
                </WideTable>
              </>
            )
          }
        </Waiting>
      </Card>
      {chosen.length === 0 ? null : <Comparison ids={chosen} />}
    </>
  );
}

function RunRow(props: {
  readonly run: RegistryRun;
  readonly isChosen: boolean;
  readonly isBarred: boolean;
  readonly onToggle: () => void;
}) {
  const text = useText();
  const { t, format } = text;
  const { run } = props;
  const figure = (name: string): string => {
    const value = figureOf(run, name);
    return value === null ? '' : format.number(value, 3);
  };
  return (
    <tr>
      <td>
        <label className="check">
          <input
            type="checkbox"
            checked={props.isChosen}
            disabled={props.isBarred}
            aria-label={t('training.compareNamed', { name: run.id })}
            onChange={props.onToggle}
          />
        </label>
      </td>
      <th scope="row">{run.id}</th>
      <td>
        <StatusWord {...looks[run.status]} word={t(`training.status.${run.status}`)} />
        {run.lastStep === null || run.status === 'complete' ? null : (
          <p className="small muted">{t('training.lastStep', { step: stepWord(text, run.lastStep) })}</p>
        )}
      </td>
      <td>
        {t('training.networkSeed', { network: networkWord(text, run.network), seed: String(run.seed) })}
      </td>
      <td>{t('training.requestedBy', { by: run.by, at: format.instant(run.createdAt) })}</td>
      <td className="number">{figure('accuracy')}</td>
      <td className="number">{figure('auc')}</td>
      <td>{run.parent ?? ''}</td>
    </tr>
  );
}

/** Runs side by side: their curves in one drawing, their metrics and what went into them in one table. */
function Comparison({ ids }: { readonly ids: readonly string[] }) {
  const { t } = useText();
  const { runs, problem, again } = useRuns(ids);
  return (
    <Card title={t('training.sideBySide')}>
      {problem === null ? null : <ProblemNotice problem={problem} retry={again} />}
      {runs.length === 0 && problem === null ? (
        <p role="status">
          <StatusWord tone="neutral" icon="busy" word={t('common.loading')} />
        </p>
      ) : null}
      {runs.length === 0 ? null : (
        <>
          <Curves runs={runs} />
          <Metrics runs={runs} />
          <Ingredients runs={runs} />
        </>
      )}
    </Card>
  );
}

const curves = ['trainingLoss', 'evaluationLoss', 'evaluationAccuracy'] as const;

function Curves({ runs }: { readonly runs: readonly RegistryRunDetail[] }) {
  const { t } = useText();
  if (runs.every(({ curve }) => curve.length === 0)) return <p className="muted">{t('training.noCurves')}</p>;
  return (
    <div className="charts">
      {curves.map((name) => (
        <LineChart
          key={name}
          title={t(`training.curve.${name}`)}
          xLabel={t('training.epoch')}
          fileName={`spira-${name}`}
          series={runs.map(({ id, curve }) => ({
            name: id,
            points: curve.map((point) => ({ x: point.epoch, y: point[name] })),
          }))}
        />
      ))}
    </div>
  );
}

function Metrics({ runs }: { readonly runs: readonly RegistryRunDetail[] }) {
  const text = useText();
  const { t } = text;
  const rows = metricRows(runs.map(({ metrics }) => metrics));
  if (rows.length === 0) return <p className="muted">{t('training.noMetrics')}</p>;
  return (
    <WideTable label={t('training.metric')}>
      <caption className="small muted">{t('training.metricsCaption')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('training.condition')}</th>
          <th scope="col">{t('training.metric')}</th>
          {runs.map(({ id }) => (
            <th key={id} scope="col" className="number">
              {id}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ condition, metric, values }) => (
          <tr key={`${condition} ${metric}`}>
            <td>{conditionWord(text, condition)}</td>
            <th scope="row">{metricWord(text, metric)}</th>
            {values.map((value, index) => (
              <td key={runs[index]?.id} className="number">
                {value === null ? '' : metricText(text, value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}

function metricText(
  { t, format }: Text,
  { value, low, high }: { readonly value: number; readonly low: number | null; readonly high: number | null },
): string {
  return low === null || high === null
    ? format.number(value, 3)
    : t('agreement.kappaInterval', {
        kappa: format.number(value, 3),
        low: format.number(low, 3),
        high: format.number(high, 3),
      });
}

/** What went into each run; what is the same in all is said in a word, because hashes tell a reader nothing. */
function Ingredients({ runs }: { readonly runs: readonly RegistryRunDetail[] }) {
  const { t } = useText();
  const facts: readonly ComparedFact[] = [
    sameOrNot('data', runs, ({ dataHash }) => dataHash),
    sameOrNot('split', runs, ({ splitHash }) => splitHash),
    sameOrNot('code', runs, ({ codeVersion }) => codeVersion),
    sameOrNot('network', runs, ({ network }) => network),
    sameOrNot('seed', runs, ({ seed }) => String(seed)),
  ];
  if (runs.length < 2) return null;
  return (
    <ul className="row" aria-label={t('training.ingredients')}>
      {facts.map(({ name, is }) => (
        <li key={name}>
          <StatusWord
            tone={is === 'same' ? 'success' : 'neutral'}
            icon={is === 'same' ? 'check' : is === 'different' ? 'warning' : 'unknown'}
            word={t(`training.ingredient.${is}`, { what: t(`training.what.${name}`) })}
          />
        </li>
      ))}
    </ul>
  );
}

const lookAgainMs = 5000;

/** The runs that are there, in the order in which they were chosen; one that is not at its end is asked for again and again. */
function useRuns(ids: readonly string[]) {
  const [loaded, setLoaded] = useState<ReadonlyMap<string, RegistryRunDetail>>(new Map());
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const missing = ids.filter((id) => loaded.get(id)?.status !== 'complete').join(' ');
  const isGrowing = ids.some((id) => loaded.get(id)?.status === 'open');
  useEffect(() => {
    let isCurrent = true;
    for (const runId of missing.split(' ').filter((id) => id !== '')) {
      void call('research.training-runs.read', { params: { runId } }).then((answer) => {
        if (!isCurrent) return;
        setProblem(answer.ok ? null : answer.problem);
        if (answer.ok) setLoaded((before) => new Map(before).set(runId, answer.value));
      });
    }
    return () => {
      isCurrent = false;
    };
  }, [missing, attempt]);
  useEffect(() => {
    if (!isGrowing) return undefined;
    const timer = setInterval(again, lookAgainMs);
    return () => clearInterval(timer);
  }, [isGrowing, again]);
  return { runs: ids.flatMap((id) => loaded.get(id) ?? []), problem, again };
}
