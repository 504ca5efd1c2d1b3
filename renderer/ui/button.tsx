import type { MouseEvent, ReactNode, Ref } from 'react';
import { Icon, type IconName } from './icons.tsx';
import './button.css';

interface Look {
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly size?: 'normal' | 'large' | 'dense';
  readonly isWide?: boolean;
  readonly icon?: IconName;
  readonly children: ReactNode;
}

export interface ButtonProps extends Look {
  readonly type?: 'button' | 'submit';
  readonly onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  /** Stays focusable and named, so that its reason can be read; a click does nothing. */
  readonly isDisabled?: boolean;
  /** Working on it: clicks do nothing and the icon says so. */
  readonly isBusy?: boolean;
  readonly isPressed?: boolean;
  readonly isExpanded?: boolean;
  readonly label?: string;
  readonly describedBy?: string;
  readonly keyShortcut?: string;
  readonly autoFocus?: boolean;
  readonly buttonRef?: Ref<HTMLButtonElement>;
}

export function Button(props: ButtonProps) {
  const { type = 'button', isDisabled = false, isBusy = false, icon } = props;
  const isBarred = isDisabled || isBusy;
  const shownIcon = isBusy ? 'busy' : icon;
  return (
    <button
      type={type}
      ref={props.buttonRef}
      className={className(props)}
      aria-disabled={isBarred || undefined}
      aria-busy={isBusy || undefined}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-keyshortcuts={props.keyShortcut}
      autoFocus={props.autoFocus}
      onClick={(event) => {
        if (isBarred) event.preventDefault();
        else props.onClick?.(event);
      }}
    >
      {shownIcon === undefined ? null : <Icon name={shownIcon} />}
      <span>{props.children}</span>
    </button>
  );
}

export function LinkButton(props: Look & { readonly href: string; readonly onClick?: () => void }) {
  return (
    <a className={className(props)} href={props.href} onClick={props.onClick}>
      {props.icon === undefined ? null : <Icon name={props.icon} />}
      <span>{props.children}</span>
    </a>
  );
}

function className({ look = 'plain', size = 'normal', isWide = false }: Look): string {
  return [
    'button',
    look === 'plain' ? '' : `button--${look}`,
    size === 'normal' ? '' : `button--${size}`,
    isWide ? 'button--wide' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
}
