import { useText } from '../i18n/index.ts';
import { MicrophoneCheck } from '../recording/microphone-check.tsx';
import { Card } from '../ui/index.ts';

export function MicrophoneSettings() {
  const { t } = useText();
  return (
    <Card title={t('settings.section.microphone')}>
      <p className="muted">{t('settings.microphoneHelp')}</p>
      <MicrophoneCheck />
    </Card>
  );
}
