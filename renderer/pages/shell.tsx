import { useEffect, useRef } from 'react';
import type { Account } from '../../contract/people.ts';
import { followActivity } from '../api/activity.ts';
import { lock, signOut } from '../api/desk.ts';
import { call } from '../api/index.ts';
import { useText, type MessageKey } from '../i18n/index.ts';
import { firstPage, mayOpen } from '../state/rights.ts';
import { useFlow } from '../new-session/flow.ts';
import { hrefOf, navigate, type Route } from '../router.ts';
import { Button, Icon, LinkButton, type IconName } from '../ui/index.ts';
import { useRoute } from '../use-route.ts';
import { Brand } from './brand.tsx';
import { CurrentPage } from './current-page.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { ShellNotices } from './shell-notices.tsx';
import './shell.css';

type NavRoute = Exclude<Route, { page: 'not-found' }>;

const places: readonly { readonly route: NavRoute; readonly icon: IconName; readonly text: MessageKey }[] = [
  { route: { page: 'home' }, icon: 'home', text: 'nav.home' },
  { route: { page: 'sessions' }, icon: 'list', text: 'nav.sessions' },
  { route: { page: 'models' }, icon: 'models', text: 'nav.models' },
  { route: { page: 'research', section: 'sessions' }, icon: 'research', text: 'nav.research' },
  { route: { page: 'settings', section: 'appearance' }, icon: 'settings', text: 'nav.settings' },
];

/** Everything behind the sign-in: navigation by role, the page of the address, the lock at hand. */
export function Shell({ account }: { readonly account: Account }) {
  const { t } = useText();
  const route = useRoute();
  const isBedside = route.page === 'new-session' && mayOpen(account.roles, route);
  const isDraftOpen = useFlow((flow) => flow.open?.session.status === 'draft');
  const isAtUnusableHome = route.page === 'home' && !mayOpen(account.roles, route);
  const wasPageOfAnother = useRef(!mayOpen(account.roles, route));

  useEffect(() => followActivity(() => void call('people.active', {})), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey && event.shiftKey && event.code === 'KeyL') {
        event.preventDefault();
        void lock();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  useEffect(() => {
    // Also where the address was left there by whoever sat at this desk before.
    if (isAtUnusableHome || wasPageOfAnother.current) navigate(firstPage(account.roles));
    wasPageOfAnother.current = false;
  }, [isAtUnusableHome, account.roles]);

  return (
    <div className={isBedside ? 'shell shell--bedside' : 'shell'}>
      <header className="shell__head">
        <a
          className="button skip-link"
          href="#content"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById('content')?.focus();
          }}
        >
          {t('nav.skip')}
        </a>
        <Brand />
        {isBedside ? (
          <div className="shell__nav">
            <LinkButton look="quiet" icon="arrow-left" href={hrefOf({ page: 'home' })}>
              {t(isDraftOpen ? 'nav.leaveSession' : 'newSession.home')}
            </LinkButton>
          </div>
        ) : (
          <nav className="shell__nav" aria-label={t('nav.label')}>
            {places
              .filter((place) => mayOpen(account.roles, place.route))
              .map((place) => (
                <a
                  key={place.text}
                  className="shell__link"
                  href={hrefOf(place.route)}
                  aria-current={isPlaceOf(place.route, route) ? 'page' : undefined}
                >
                  <Icon name={place.icon} />
                  <span>{t(place.text)}</span>
                </a>
              ))}
          </nav>
        )}
        <div className="shell__account">
          <span className="shell__name" title={t('nav.signedInAs', { name: account.displayName })}>
            {account.displayName}
          </span>
          <Button
            look="quiet"
            icon="lock"
            keyShortcut="Control+Shift+L"
            describedBy="lock-hint"
            onClick={() => void lock()}
          >
            {t('nav.lock')}
          </Button>
          <span id="lock-hint" className="visually-hidden">
            {t('nav.lockHint')}
          </span>
          {isBedside ? null : (
            <Button look="quiet" icon="sign-out" onClick={() => void signOut()}>
              {t('nav.signOut')}
            </Button>
          )}
        </div>
      </header>
      {isBedside ? null : <ShellNotices account={account} />}
      <main id="content" className="shell__main" tabIndex={-1}>
        <PageBoundary key={route.page}>
          <CurrentPage account={account} route={route} />
        </PageBoundary>
      </main>
    </div>
  );
}

function isPlaceOf(place: NavRoute, route: Route): boolean {
  return (
    place.page === route.page ||
    (place.page === 'sessions' && route.page === 'session') ||
    (place.page === 'research' && route.page === 'research-session')
  );
}
