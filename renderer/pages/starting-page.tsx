import { refreshDesk } from '../api/desk.ts';
import type { Problem } from '../../contract/result.ts';
import { useText } from '../i18n/index.ts';
import { Button, Notice } from '../ui/index.ts';
import { Entrance } from './entrance.tsx';

export function StartingPage({ problem }: { readonly problem: Problem | null }) {
  const { t } = useText();
  return (
    <Entrance title={t('start.starting')}>
      {problem === null ? null : (
        <Notice
          tone="danger"
          title={t('start.unreachable.title')}
          actions={
            <Button icon="refresh" onClick={() => void refreshDesk()}>
              {t('common.retry')}
            </Button>
          }
        >
          <p>{t('start.unreachable.body')}</p>
        </Notice>
      )}
    </Entrance>
  );
}
