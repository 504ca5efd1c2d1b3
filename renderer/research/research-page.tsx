import type { ReactNode } from 'react';
import type { Account } from '../../contract/people.ts';
import { useText } from '../i18n/index.ts';
import { Page } from '../pages/page.tsx';
import { hrefOf, researchSections, type ResearchSection } from '../router.ts';
import { LinkTabs, type IconName } from '../ui/index.ts';
import { AgreementSection } from './agreement-section.tsx';
import { LabellingSection } from './labelling-section.tsx';
import { RegistryGate, type Researcher } from './registry-gate.tsx';
import { RegistrySessions } from './registry-sessions.tsx';
import { TrainingSection } from './training-section.tsx';

const icons: Readonly<Record<ResearchSection, IconName>> = {
  sessions: 'list',
  labelling: 'labels',
  agreement: 'scale',
  training: 'chart',
};

/** What researchers do at the central registry; nothing of it is stored on this PC. */
export function ResearchPage(props: { readonly account: Account; readonly section: ResearchSection }) {
  const { t } = useText();
  const { account, section } = props;
  return (
    <Page title={t('research.title')} isWide>
      <LinkTabs
        label={t('research.sections')}
        tabs={researchSections.map((name) => ({
          href: hrefOf({ page: 'research', section: name }),
          label: t(`research.section.${name}`),
          icon: icons[name],
          isCurrent: name === section,
        }))}
      />
      <RegistryGate account={account}>{(researcher) => contentOf(section, researcher)}</RegistryGate>
    </Page>
  );
}

function contentOf(section: ResearchSection, researcher: Researcher): ReactNode {
  switch (section) {
    case 'sessions':
      return <RegistrySessions />;
    case 'labelling':
      return <LabellingSection researcher={researcher} />;
    case 'agreement':
      return <AgreementSection />;
    case 'training':
      return <TrainingSection researcher={researcher} />;
    default:
      return section satisfies never;
  }
}
