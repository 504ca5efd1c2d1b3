/** What is wrong with the microphone, and what it does to the sound although it was asked not to. */
import { stagesNotOff } from '../audio/applied-settings.ts';
import { reopenMicrophone, useMicrophone } from '../audio/microphone-store.ts';
import { useText } from '../i18n/index.ts';
import { Button, Notice } from '../ui/index.ts';

export function MicrophoneNotices({ isBrief = false }: { readonly isBrief?: boolean }) {
  const { t, format } = useText();
  const state = useMicrophone((view) => view.state);
  const isMuted = useMicrophone((view) => view.isMuted);
  if (state.status === 'fault') {
    return (
      <Notice
        tone="danger"
        title={t(`microphone.fault.${state.fault}.what`)}
        actions={
          <Button icon="refresh" onClick={() => void reopenMicrophone()}>
            {t('common.retry')}
          </Button>
        }
      >
        {t(`microphone.fault.${state.fault}.do`)}
      </Notice>
    );
  }
  if (state.status !== 'open') return null;
  const stages = stagesNotOff(state.device);
  const on = stages.filter((stage) => stage.is === 'on');
  const unknown = stages.filter((stage) => stage.is === 'unknown');
  const named = (list: typeof stages): string =>
    format.list(list.map(({ stage }) => t(`microphone.stage.${stage}`)));
  return (
    <>
      {isMuted ? (
        <Notice tone="warning" title={t('microphone.muted.what')} isLive>
          {t('microphone.muted.do')}
        </Notice>
      ) : null}
      {on.length === 0 ? null : (
        <Notice tone="warning" title={t('microphone.processing.on', { stages: named(on) })}>
          {isBrief ? undefined : t('microphone.processing.do')}
        </Notice>
      )}
      {unknown.length === 0 ? null : (
        <Notice tone="warning" title={t('microphone.processing.unknown', { stages: named(unknown) })}>
          {isBrief ? undefined : t('microphone.processing.do')}
        </Notice>
      )}
    </>
  );
}
