import { Icon, type IconName } from './icons.tsx';
import './tabs.css';

export interface LinkTab {
  readonly href: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly isCurrent: boolean;
}

/** Parts of one page, each with an address of its own. */
export function LinkTabs({ label, tabs }: { readonly label: string; readonly tabs: readonly LinkTab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a
          key={tab.href}
          className="tabs__tab"
          href={tab.href}
          aria-current={tab.isCurrent ? 'page' : undefined}
        >
          {tab.icon === undefined ? null : <Icon name={tab.icon} sizePx={16} />}
          <span>{tab.label}</span>
        </a>
      ))}
    </nav>
  );
}
