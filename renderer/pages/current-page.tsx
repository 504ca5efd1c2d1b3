import type { Account } from '../../contract/people.ts';
import { useText } from '../i18n/index.ts';
import { firstPage, mayOpen } from '../state/rights.ts';
import { hrefOf, type Route } from '../router.ts';
import { LinkButton } from '../ui/index.ts';
import { HomePage } from './home-page.tsx';
import { Page } from './page.tsx';

export function CurrentPage({ account, route }: { readonly account: Account; readonly route: Route }) {
  if (!mayOpen(account.roles, route)) return <NotFoundPage account={account} />;
  switch (route.page) {
    case 'home':
      return <HomePage account={account} />;
    case 'new-session':
    case 'sessions':
    case 'session':
    case 'models':
    case 'settings':
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
