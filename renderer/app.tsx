import { useEffect } from 'react';
import { followTheme } from './api/theme.ts';
import { FirstStartPage } from './pages/first-start-page.tsx';
import { LockOverlay } from './pages/lock-overlay.tsx';
import { Shell } from './pages/shell.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { StartingPage } from './pages/starting-page.tsx';
import { useDesk, viewOf } from './state/desk.ts';

export function App() {
  const desk = useDesk();
  const theme = desk.app?.settings.theme ?? 'system';
  useEffect(() => followTheme(theme), [theme]);

  const account = desk.app?.account ?? null;
  const isLocked = desk.app?.isLocked === true && account !== null;
  useEffect(() => {
    document.documentElement.dataset['locked'] = String(isLocked);
  }, [isLocked]);

  switch (viewOf(desk)) {
    case 'starting':
    case 'unreachable':
      return <StartingPage problem={desk.problem} />;
    case 'first-start':
      return <FirstStartPage />;
    case 'sign-in':
      return <SignInPage lastUsername={desk.app?.lastUsername ?? null} />;
    case 'locked':
      return account === null ? null : <LockOverlay account={account} />;
    case 'pages':
      return (
        <>
          {desk.pagesOf === null ? null : (
            <div className={isLocked ? 'pages pages--hidden' : 'pages'} inert={isLocked}>
              <Shell key={desk.pagesOf.id} account={desk.pagesOf} />
            </div>
          )}
          {isLocked && account !== null ? <LockOverlay account={account} /> : null}
        </>
      );
    default:
      return null;
  }
}
