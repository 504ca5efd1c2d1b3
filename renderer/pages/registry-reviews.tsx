import { useState } from 'react';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import type { SyncReview } from '../../contract/sync-state.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { hrefOf } from '../router.ts';
import { mayCall } from '../state/rights.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Dialog, LinkButton } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting } from './waiting.tsx';

type Action = 'retry' | 'set-aside';

/** What was put aside, with its reason; IT sends it again or leaves it out. */
export function RegistryReviews({ account }: { readonly account: Account }) {
  const reviews = useLoading('sync.reviews', {});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, setAsked] = useState<SyncReview | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  useEvent('sync.changed', reviews.reload);
  const resolve = async ({ kind, itemId }: SyncReview, action: Action): Promise<void> => {
    if (busy !== null) return;
    setBusy(itemId);
    const answer = await call('sync.resolve-review', { kind, itemId, action });
    setBusy(null);
    setAsked(null);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) reviews.put(answer.value);
  };
  return (
    <>
      {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      <Waiting loading={reviews}>
        {(list) => (
          <ReviewList
            reviews={list}
            account={account}
            busy={busy}
            onRetry={(review) => void resolve(review, 'retry')}
            onSetAside={setAsked}
          />
        )}
      </Waiting>
      {asked === null ? null : (
        <SetAsideDialog
          review={asked}
          isBusy={busy !== null}
          onClose={() => setAsked(null)}
          onConfirm={() => void resolve(asked, 'set-aside')}
        />
      )}
    </>
  );
}

export function ReviewList(props: {
  readonly reviews: readonly SyncReview[];
  readonly account: Account;
  /** The item that is being asked for. */
  readonly busy: string | null;
  readonly onRetry: (review: SyncReview) => void;
  readonly onSetAside: (review: SyncReview) => void;
}) {
  const { t } = useText();
  const { reviews } = props;
  if (reviews.length === 0) return <p className="muted">{t('registry.reviewsNone')}</p>;
  return (
    <>
      <p className="small muted">{t('registry.reviewsHelp')}</p>
      <ul className="panel-list">
        {reviews.map((review) => (
          <ReviewItem key={`${review.kind} ${review.itemId}`} {...props} review={review} />
        ))}
      </ul>
    </>
  );
}

function ReviewItem(props: Parameters<typeof ReviewList>[0] & { readonly review: SyncReview }) {
  const { t, format } = useText();
  const { review, account } = props;
  const { sessionId } = review;
  const isIt = mayCall(account.roles, 'sync.resolve-review');
  const what = t('registry.reviewWhat', {
    what: t(`itemKind.${review.kind}`),
    reason: t(`syncReason.${review.reason}`),
  });
  return (
    <li>
      <div className="registry__review">
        <strong>{what}</strong>
        <span className="small">{t(`${isIt ? 'syncReasonIt' : 'syncReasonDo'}.${review.reason}`)}</span>
        <span className="small muted">{t('registry.reviewAt', { at: format.moment(review.at) })}</span>
        {review.detail === null || !isIt ? null : (
          <details className="fold">
            <summary>{t('common.details')}</summary>
            <code>{review.detail}</code>
          </details>
        )}
      </div>
      <div className="row">
        {isIt ? (
          <Button
            size="dense"
            icon="refresh"
            isBusy={props.busy === review.itemId}
            onClick={() => props.onRetry(review)}
          >
            {t('registry.reviewRetry')}
            <span className="visually-hidden">{` ${what}`}</span>
          </Button>
        ) : null}
        {isIt && review.maySetAside ? (
          <Button size="dense" icon="ban" onClick={() => props.onSetAside(review)}>
            {t('registry.reviewSetAside')}
            <span className="visually-hidden">{` ${what}`}</span>
          </Button>
        ) : null}
        {sessionId !== null && mayCall(account.roles, 'sessions.get') ? (
          <LinkButton size="dense" icon="chevron-right" href={hrefOf({ page: 'session', sessionId })}>
            {t('registry.reviewSession')}
          </LinkButton>
        ) : null}
      </div>
    </li>
  );
}

function SetAsideDialog(props: {
  readonly review: SyncReview;
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}) {
  const { t } = useText();
  return (
    <Dialog
      title={t('registry.reviewSetAsideTitle')}
      onClose={props.onClose}
      actions={
        <>
          <Button autoFocus onClick={props.onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="danger" icon="ban" isBusy={props.isBusy} onClick={props.onConfirm}>
            {t('registry.reviewSetAside')}
          </Button>
        </>
      }
    >
      <p>{t(`itemKind.${props.review.kind}`)}</p>
      <p>{t('registry.reviewSetAsideBody')}</p>
    </Dialog>
  );
}
