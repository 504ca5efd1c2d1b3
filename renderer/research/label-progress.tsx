import { useText } from '../i18n/index.ts';
import { givenCount, isGiven, waitingCount, type Labelling } from './labelling-rules.ts';

/** How far the reader has come: in this sitting, and what still waits. */
export function LabelProgress({ state }: { readonly state: Labelling }) {
  const { t, format } = useText();
  const { waiting } = state;
  if (waiting === null) return <span />;
  const given = givenCount(state);
  const left = waitingCount(state);
  return (
    <div className="label-progress">
      <progress
        className="label-progress__bar"
        value={given}
        max={Math.max(1, given + left)}
        aria-label={t('labelling.progress')}
      />
      <p role="status">
        {t('labelling.progressText', { given, left })}
        {isGiven(state) ? null : (
          <span className="muted small">
            {` ${t('labelling.waiting', {
              unlabelled: format.number(waiting.unlabelled),
              unread: format.number(waiting.unread),
              second: format.number(waiting.secondReadings),
            })}`}
          </span>
        )}
      </p>
    </div>
  );
}
