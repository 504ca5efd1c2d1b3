import type { Settings } from '../../contract/app-api.ts';

/** Puts the chosen theme on the document, following the system where it is asked to; the answer stops that. */
export function followTheme(theme: Settings['theme']): () => void {
  const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    document.documentElement.dataset['theme'] =
      theme === 'system' ? (systemDark.matches ? 'dark' : 'light') : theme;
  };
  apply();
  systemDark.addEventListener('change', apply);
  return () => systemDark.removeEventListener('change', apply);
}
