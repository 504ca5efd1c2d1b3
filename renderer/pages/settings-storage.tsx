import { useState } from 'react';
import { useText } from '../i18n/index.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Facts, Notice, StatusWord, type StatusWordProps } from '../ui/index.ts';
import { RecoveryKeyDialog } from './recovery-key-dialog.tsx';
import { Waiting } from './waiting.tsx';
import type { StorageState } from '../../contract/app-api.ts';

const integrityLooks: Readonly<Record<StorageState['integrity'], Omit<StatusWordProps, 'word'>>> = {
  ok: { tone: 'success', icon: 'shield-check' },
  failed: { tone: 'danger', icon: 'shield-alert' },
  unchecked: { tone: 'neutral', icon: 'unknown' },
};

export function StorageSettings() {
  const { t, format } = useText();
  const storage = useLoading('storage.state', {});
  const [isShowing, setShowing] = useState(false);
  return (
    <Card title={t('settings.section.storage')}>
      <Waiting loading={storage}>
        {(state) => (
          <>
            {state.recoveryKeyShownAt === null ? (
              <Notice tone="warning" title={t('storage.recoveryNever')}>
                <p>{t('storage.recoveryNeverBody')}</p>
              </Notice>
            ) : null}
            <Facts
              facts={[
                { name: t('storage.folder'), value: <code>{state.folder}</code> },
                { name: t('storage.database'), value: format.bytes(state.databaseBytes) },
                { name: t('storage.recordings'), value: format.bytes(state.recordingsBytes) },
                { name: t('storage.free'), value: format.bytes(state.freeBytes) },
                {
                  name: t('storage.backup'),
                  value:
                    state.lastBackupAt === null
                      ? t('storage.backupNever')
                      : format.instant(state.lastBackupAt),
                },
                {
                  name: t('storage.integrity'),
                  value: (
                    <StatusWord
                      {...integrityLooks[state.integrity]}
                      word={t(`storage.integrity.${state.integrity}`)}
                    />
                  ),
                },
                { name: t('storage.key'), value: t(`storage.key.${state.keyProtection}`) },
                {
                  name: t('storage.recoveryKey'),
                  value:
                    state.recoveryKeyShownAt === null
                      ? t('storage.recoveryNever')
                      : t('storage.recoveryShown', { at: format.instant(state.recoveryKeyShownAt) }),
                },
              ]}
            />
            <div>
              <Button icon="key" onClick={() => setShowing(true)}>
                {t('storage.recoveryShow')}
              </Button>
            </div>
          </>
        )}
      </Waiting>
      {isShowing ? (
        <RecoveryKeyDialog
          onClose={() => {
            setShowing(false);
            storage.reload();
          }}
        />
      ) : null}
    </Card>
  );
}
