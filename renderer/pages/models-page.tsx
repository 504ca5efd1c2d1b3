import { useState, type SubmitEvent } from 'react';
import type { ModelState } from '../../contract/app-api.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { mayCall } from '../state/rights.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Dialog, Notice, TextField } from '../ui/index.ts';
import { ModelCard } from './model-card.tsx';
import { ModelOffers } from './model-offers.tsx';
import { Page } from './page.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

const noProtocols: readonly ProtocolDefinition[] = [];

export function ModelsPage({ account }: { readonly account: Account }) {
  const { t, local } = useText();
  const models = useLoading('models.list', {});
  const definitions = useLoading('definitions.list', {});
  useEvent('models.changed', models.reload);
  const [isInstalling, setInstalling] = useState(false);
  const [installed, setInstalled] = useState<ModelState | null>(null);
  return (
    <Page
      title={t('models.title')}
      aside={
        mayCall(account.roles, 'models.install') ? (
          <Button look="primary" icon="plus" onClick={() => setInstalling(true)}>
            {t('models.install')}
          </Button>
        ) : undefined
      }
    >
      <p className="muted">{t('models.intro')}</p>
      {installed === null ? null : (
        <Notice
          tone="success"
          isLive
          title={t('models.installed', {
            name: local(installed.manifest.title),
            version: installed.manifest.version,
          })}
          actions={
            <Button icon="close" onClick={() => setInstalled(null)}>
              {t('common.dismiss')}
            </Button>
          }
        />
      )}
      <ModelOffers account={account} />
      <Waiting loading={models}>
        {(list) =>
          list.length === 0 ? (
            <Notice tone="info" title={t('models.empty.title')}>
              <p>{t('models.empty.body')}</p>
            </Notice>
          ) : (
            <>
              {list.map((model) => (
                <ModelCard
                  key={`${model.manifest.name} ${model.manifest.version}`}
                  model={model}
                  account={account}
                  protocols={definitions.value?.protocols ?? noProtocols}
                  onChange={models.reload}
                />
              ))}
            </>
          )
        }
      </Waiting>
      {isInstalling ? (
        <InstallDialog
          onClose={() => setInstalling(false)}
          onInstalled={(model) => {
            setInstalling(false);
            setInstalled(model);
            models.reload();
          }}
        />
      ) : null}
    </Page>
  );
}

function InstallDialog(props: {
  readonly onClose: () => void;
  readonly onInstalled: (model: ModelState) => void;
}) {
  const { t } = useText();
  const [folder, setFolder] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event?: SubmitEvent): Promise<void> => {
    event?.preventDefault();
    if (isBusy || folder.trim() === '') return;
    setBusy(true);
    const answer = await call('models.install', { folder: folder.trim() });
    setBusy(false);
    if (answer.ok) props.onInstalled(answer.value);
    else setProblem(answer.problem);
  };
  return (
    <Dialog
      title={t('models.install')}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            icon="check"
            isBusy={isBusy}
            isDisabled={folder.trim() === ''}
            onClick={() => void submit()}
          >
            {t('models.installStart')}
          </Button>
        </>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('models.installFolder')}
          help={t('models.installHelp')}
          value={folder}
          onChange={setFolder}
          maximumLength={1000}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
