import type { CommandOutput } from '../../contract/app-api.ts';
import { useText } from '../i18n/index.ts';
import { Waiting } from '../pages/waiting.tsx';
import { useLoading } from '../state/use-loading.ts';
import { Card, StatusWord } from '../ui/index.ts';
import { WideTable } from './wide-table.tsx';

/** Which run made which model version, what that run came from, and what the version is called. */
export function Lineage() {
  const { t } = useText();
  const lineage = useLoading('research.training-lineage.read', { query: {} });
  return (
    <Card title={t('training.lineage')}>
      <Waiting loading={lineage}>
        {(value) =>
          value.models.length === 0 ? (
            <p className="muted">{t('training.noModels')}</p>
          ) : (
            <Versions {...value} />
          )
        }
      </Waiting>
    </Card>
  );
}

function Versions({ models, runs }: CommandOutput<'research.training-lineage.read'>) {
  const { t, local } = useText();
  const known = useLoading('research.models.list', {}).value?.models ?? [];
  const titleOf = (name: string): string => {
    const manifest = known.find((model) => model.name === name)?.manifest;
    return manifest === undefined ? name : local(manifest.title);
  };
  /** A run and those that it came from, the newest first. */
  const ancestry = (runId: string): readonly string[] => {
    const line: string[] = [];
    for (let id: string | null = runId; id !== null && !line.includes(id);) {
      line.push(id);
      id = runs.find((run) => run.id === id)?.parent ?? null;
    }
    return line;
  };
  return (
    <WideTable label={t('training.lineage')}>
      <thead>
        <tr>
          <th scope="col">{t('training.model')}</th>
          <th scope="col">{t('training.version')}</th>
          <th scope="col">{t('training.aliases')}</th>
          <th scope="col">{t('training.madeBy')}</th>
        </tr>
      </thead>
      <tbody>
        {models.map(({ name, version, aliases, runId }) => (
          <tr key={`${name} ${version}`}>
            <th scope="row">{titleOf(name)}</th>
            <td>{version}</td>
            <td>
              <span className="row">
                {aliases.length === 0 ? <span className="muted">{t('training.noAlias')}</span> : null}
                {aliases.map((alias) => (
                  <StatusWord
                    key={alias}
                    tone={alias === 'production' ? 'success' : 'accent'}
                    icon={alias === 'production' ? 'done' : 'models'}
                    word={alias}
                  />
                ))}
              </span>
            </td>
            <td>
              {runId === null ? (
                <span className="muted">{t('training.noRunKnown')}</span>
              ) : (
                <ol className="lineage">
                  {ancestry(runId).map((id) => (
                    <li key={id}>{id}</li>
                  ))}
                </ol>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}
