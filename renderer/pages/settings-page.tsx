import type { ReactNode } from 'react';
import type { Account } from '../../contract/people.ts';
import { useText } from '../i18n/index.ts';
import { hrefOf, settingsSections, type SettingsSection } from '../router.ts';
import { mayOpen } from '../state/rights.ts';
import { LinkTabs, type IconName } from '../ui/index.ts';
import { AboutSettings } from './settings-about.tsx';
import { AccountSettings } from './settings-accounts.tsx';
import { AppearanceSettings } from './settings-appearance.tsx';
import { AuditSettings } from './settings-audit.tsx';
import { DeskSettings } from './settings-desk.tsx';
import { MicrophoneSettings } from './settings-microphone.tsx';
import { PasswordSettings } from './settings-password.tsx';
import { RegistrySettings } from './settings-registry.tsx';
import { StorageSettings } from './settings-storage.tsx';
import { Page } from './page.tsx';

const icons: Readonly<Record<SettingsSection, IconName>> = {
  appearance: 'language',
  microphone: 'microphone',
  password: 'lock',
  accounts: 'users',
  desk: 'settings',
  registry: 'cloud-upload',
  storage: 'disk',
  audit: 'shield-check',
  about: 'info',
};

export function SettingsPage(props: { readonly account: Account; readonly section: SettingsSection }) {
  const { t } = useText();
  const { account, section } = props;
  return (
    <Page title={t('settings.title')} isWide>
      <LinkTabs
        label={t('settings.sections')}
        tabs={settingsSections
          .filter((name) => mayOpen(account.roles, { page: 'settings', section: name }))
          .map((name) => ({
            href: hrefOf({ page: 'settings', section: name }),
            label: t(`settings.section.${name}`),
            icon: icons[name],
            isCurrent: name === section,
          }))}
      />
      {contentOf(section, account)}
    </Page>
  );
}

function contentOf(section: SettingsSection, account: Account): ReactNode {
  switch (section) {
    case 'appearance':
      return <AppearanceSettings />;
    case 'microphone':
      return <MicrophoneSettings />;
    case 'password':
      return <PasswordSettings account={account} />;
    case 'accounts':
      return <AccountSettings />;
    case 'desk':
      return <DeskSettings />;
    case 'registry':
      return <RegistrySettings account={account} />;
    case 'storage':
      return <StorageSettings />;
    case 'audit':
      return <AuditSettings />;
    case 'about':
      return <AboutSettings />;
    default:
      return section satisfies never;
  }
}
