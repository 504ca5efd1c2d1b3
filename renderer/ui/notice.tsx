import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';
import './notice.css';

export interface NoticeProps {
  readonly tone: 'info' | 'success' | 'warning' | 'danger';
  /** What happened. */
  readonly title: string;
  /** What is safe and what to do next. */
  readonly children?: ReactNode;
  /** The button that does it. */
  readonly actions?: ReactNode;
  /** Read out when it appears; problems always are. */
  readonly isLive?: boolean;
}

const icons: Record<NoticeProps['tone'], IconName> = {
  info: 'info',
  success: 'done',
  warning: 'warning',
  danger: 'alert',
};

export function Notice({ tone, title, children, actions, isLive = tone === 'danger' }: NoticeProps) {
  return (
    <div className={`notice notice--${tone}`} role={isLive ? 'alert' : undefined}>
      <Icon name={icons[tone]} />
      <div className="notice__body">
        <p className="notice__title">{title}</p>
        {children === undefined ? null : <div>{children}</div>}
        {actions === undefined ? null : <div className="notice__actions">{actions}</div>}
      </div>
    </div>
  );
}
