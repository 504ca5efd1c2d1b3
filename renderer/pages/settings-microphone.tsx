import { useText } from '../i18n/index.ts';
import { MicrophoneCheck } from '../recording/microphone-check.tsx';
import { Card } from '../ui/index.ts';
import './page.css';

export function MicrophoneSettings() {
  const { t } = useText();
  return (
    <Card title={t('settings.section.microphone')}>
      <p className="muted">{t('settings.microphoneHelp')}</p>
      <div className="narrow">
        <MicrophoneCheck />
      </div>
    </Card>
  );
}
