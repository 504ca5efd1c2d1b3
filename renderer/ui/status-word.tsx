import { Icon, type IconName } from './icons.tsx';
import './status-word.css';

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger';

export interface StatusWordProps {
  readonly tone: Tone;
  readonly icon: IconName;
  /** The state in a word or two, translated: it carries the meaning, icon and colour only repeat it. */
  readonly word: string;
  readonly wraps?: boolean;
}

export function StatusWord({ tone, icon, word, wraps = false }: StatusWordProps) {
  return (
    <span className={`status-word status-word--${tone}${wraps ? ' status-word--wraps' : ''}`}>
      <Icon name={icon} sizePx={16} />
      <span>{word}</span>
    </span>
  );
}
