import { Icon, type IconName } from './icons.tsx';
import './rail.css';

export interface RailStep {
  readonly key: string;
  readonly title: string;
  readonly state: 'open' | 'current' | 'done' | 'skipped' | 'problem';
  /** The state in words, read out with the title. */
  readonly stateWord: string;
  /** Why it was skipped, or what is wrong. */
  readonly note?: string;
}

const icons: Record<RailStep['state'], IconName> = {
  open: 'circle',
  current: 'current',
  done: 'done',
  skipped: 'skip',
  problem: 'alert',
};

/** Where one is in a fixed order of steps; a step can be clicked when `onSelect` is given and allows it. */
export function Rail(props: {
  readonly label: string;
  readonly steps: readonly RailStep[];
  readonly canSelect?: (key: string) => boolean;
  readonly onSelect?: (key: string) => void;
}) {
  return (
    <nav aria-label={props.label}>
      <ol className="rail">
        {props.steps.map((step) => {
          const content = (
            <>
              <Icon name={icons[step.state]} />
              <span className="rail__text">
                <span>{step.title}</span>
                <span className={step.note === undefined ? 'visually-hidden' : 'rail__note'}>
                  {step.note ?? step.stateWord}
                </span>
              </span>
            </>
          );
          const className = `rail__step rail__step--${step.state}`;
          const isCurrent = step.state === 'current' ? 'step' : undefined;
          const { onSelect } = props;
          return (
            <li key={step.key}>
              {onSelect !== undefined && (props.canSelect?.(step.key) ?? true) ? (
                <button
                  type="button"
                  className={className}
                  aria-current={isCurrent}
                  onClick={() => onSelect(step.key)}
                >
                  {content}
                </button>
              ) : (
                <div className={className} aria-current={isCurrent}>
                  {content}
                </div>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
