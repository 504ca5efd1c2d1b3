import { useSyncExternalStore } from 'react';

/** Colours that canvases need as values; the tokens themselves change with the theme. */
export interface WaveColours {
  readonly wave: string;
  readonly played: string;
  readonly cursor: string;
  readonly line: string;
  readonly muted: string;
}

let current: WaveColours | undefined;
let signature = '';

function read(): WaveColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const next: WaveColours = {
    wave: token('--color-wave'),
    played: token('--color-wave-played'),
    cursor: token('--color-text'),
    line: token('--color-control'),
    muted: token('--color-muted'),
  };
  const nextSignature = Object.values(next).join(' ');
  if (current === undefined || nextSignature !== signature) {
    current = next;
    signature = nextSignature;
  }
  return current;
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  const preference = window.matchMedia('(prefers-color-scheme: dark)');
  preference.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    preference.removeEventListener('change', changed);
  };
}

export function useWaveColours(): WaveColours {
  return useSyncExternalStore(subscribe, read);
}
