import type { Account } from '../../contract/people.ts';
import { useText } from '../i18n/index.ts';
import { firstPage, mayOpen } from '../state/rights.ts';
import { hrefOf, type Route } from '../router.ts';
import { LinkButton } from '../ui/index.ts';
import { NewSessionPage } from '../new-session/new-session-page.tsx';
import { RegistrySessionPage } from '../research/registry-session-page.tsx';
import { ResearchPage } from '../research/research-page.tsx';
import { HomePage } from './home-page.tsx';
import { ModelsPage } from './models-page.tsx';
import { Page } from './page.tsx';
import { SessionPage } from './session-page.tsx';
import { SessionsPage } from './sessions-page.tsx';
import { SettingsPage } from './settings-page.tsx';

export function CurrentPage({ account, route }: { readonly account: Account; readonly route: Route }) {
  if (!mayOpen(account.roles, route)) return <NotFoundPage account={account} />;
  switch (route.page) {
    case 'home':
      return <HomePage account={account} />;
    case 'new-session':
      return <NewSessionPage sessionId={route.sessionId} />;
    case 'sessions':
      return <SessionsPage account={account} />;
    case 'session':
      return <SessionPage key={route.sessionId} account={account} sessionId={route.sessionId} />;
    case 'models':
      return <ModelsPage account={account} />;
    case 'research':
      return <ResearchPage account={account} section={route.section} />;
    case 'research-session':
      return <RegistrySessionPage key={route.sessionId} account={account} sessionId={route.sessionId} />;
    case 'settings':
      return <SettingsPage account={account} section={route.section} />;
    case 'not-found':
      return <NotFoundPage account={account} />;
    default:
      return route satisfies never;
  }
}

function NotFoundPage({ account }: { readonly account: Account }) {
  const { t } = useText();
  return (
    <Page title={t('page.notFound.title')}>
      <p>{t('page.notFound.body')}</p>
      <div>
        <LinkButton look="primary" href={hrefOf(firstPage(account.roles))}>
          {t('page.goToStart')}
        </LinkButton>
      </div>
    </Page>
  );
}
