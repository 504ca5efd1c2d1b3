import { useText } from '../i18n/index.ts';
import { ProblemNotice } from '../pages/problem-notice.tsx';
import { Button, Notice } from '../ui/index.ts';
import type { ScheduleRefusal } from './schedule-deeds.ts';

/** Why a schedule stays as it was, and what to do. */
export function ScheduleRefused(props: {
  readonly refusal: ScheduleRefusal;
  /** Puts what is at the registry now in place of what was typed. */
  readonly onTake?: () => void;
  readonly onDismiss?: () => void;
}) {
  const { t, format } = useText();
  const { refusal, onTake, onDismiss } = props;
  const dismiss =
    onDismiss === undefined ? null : (
      <Button icon="close" onClick={onDismiss}>
        {t('common.dismiss')}
      </Button>
    );
  switch (refusal.is) {
    case 'problem': {
      const { code } = refusal.problem;
      // The catalogue speaks of recordings, which are sent later by themselves; a schedule is not.
      if (code === 'registry-forbidden' || isLineProblem(code)) {
        return (
          <Notice tone="danger" title={t(`problem.${code}.what`)} isLive actions={dismiss}>
            <p>{t(code === 'registry-forbidden' ? 'training.jobsForbidden' : 'schedule.notReached')}</p>
          </Notice>
        );
      }
      return <ProblemNotice problem={refusal.problem} onDismiss={onDismiss} />;
    }
    case 'changed':
      return (
        <Notice
          tone="warning"
          isLive
          title={t('schedule.changedMeanwhile', {
            by: refusal.now.changedBy,
            at: format.instant(refusal.now.changedAt),
          })}
          actions={
            onTake === undefined ? (
              dismiss
            ) : (
              <Button icon="refresh" onClick={onTake}>
                {t('schedule.takeNow')}
              </Button>
            )
          }
        >
          <p>{t(onTake === undefined ? 'schedule.changedLook' : 'schedule.changedBody')}</p>
        </Notice>
      );
    case 'removed':
    case 'taken':
      return (
        <Notice tone="warning" title={t(`schedule.refused.${refusal.is}`)} isLive actions={dismiss}>
          <p>{t(`schedule.refused.${refusal.is}Do`)}</p>
        </Notice>
      );
    default:
      return refusal satisfies never;
  }
}

function isLineProblem(code: string): boolean {
  return code === 'registry-unreachable' || code === 'registry-busy' || code === 'registry-answer-invalid';
}
