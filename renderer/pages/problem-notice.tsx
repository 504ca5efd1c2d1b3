import type { Problem } from '../../contract/result.ts';
import { useText } from '../i18n/index.ts';
import { Button, Notice } from '../ui/index.ts';

/** A problem as an instruction: what happened, what is safe, what to do, and the button that does it. */
export function ProblemNotice(props: {
  readonly problem: Problem;
  readonly retry?: (() => void) | undefined;
  readonly onDismiss?: (() => void) | undefined;
  readonly tone?: 'danger' | 'warning';
  /** Which recording, answer or length it is about, in the reader's words. */
  readonly about?: readonly string[];
}) {
  const { t, format } = useText();
  const { code, details } = props.problem;
  const waitS = code === 'locked-out' ? details?.['seconds'] : undefined;
  const hasActions = props.retry !== undefined || props.onDismiss !== undefined;
  return (
    <Notice
      tone={props.tone ?? 'danger'}
      title={t(`problem.${code}.what`)}
      isLive
      actions={
        hasActions ? (
          <>
            {props.retry === undefined ? null : (
              <Button icon="refresh" onClick={props.retry}>
                {t('common.retry')}
              </Button>
            )}
            {props.onDismiss === undefined ? null : (
              <Button icon="close" onClick={props.onDismiss}>
                {t('common.dismiss')}
              </Button>
            )}
          </>
        ) : undefined
      }
    >
      <p>{t(`problem.${code}.do`)}</p>
      {props.about?.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {typeof waitS === 'number' ? <p>{t('problem.wait', { wait: format.wait(waitS) })}</p> : null}
    </Notice>
  );
}
