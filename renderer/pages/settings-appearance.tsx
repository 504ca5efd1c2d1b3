import { useState } from 'react';
import type { Problem } from '../../contract/result.ts';
import { chooseAppearance, chooseLanguage } from '../api/desk.ts';
import { languageOptions, useText } from '../i18n/index.ts';
import { useDesk } from '../state/desk.ts';
import { Card, ChoiceField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

const themes = ['system', 'light', 'dark'] as const;

export function AppearanceSettings() {
  const { t, language } = useText();
  const theme = useDesk((desk) => desk.app?.settings.theme);
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <Card title={t('settings.section.appearance')}>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <ChoiceField
        label={t('settings.language')}
        value={language}
        options={languageOptions}
        onChange={(chosen) => void chooseLanguage(chosen)}
      />
      <ChoiceField
        label={t('settings.theme')}
        help={t('settings.appearanceHelp')}
        value={theme}
        options={themes.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
        onChange={(chosen) => void chooseAppearance({ theme: chosen }).then(setProblem)}
      />
    </Card>
  );
}
