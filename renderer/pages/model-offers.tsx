import { useState, type SubmitEvent } from 'react';
import type { ModelOffer } from '../../contract/model-rollout.ts';
import type { Account } from '../../contract/people.ts';
import type { Problem } from '../../contract/result.ts';
import { call } from '../api/index.ts';
import { useEvent } from '../api/use-event.ts';
import { useText } from '../i18n/index.ts';
import { mayCall } from '../state/rights.ts';
import { offerLooks } from '../state/status-looks.ts';
import { useLoading } from '../state/use-loading.ts';
import { Button, Card, Dialog, Facts, Notice, StatusWord, TextField } from '../ui/index.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** What the registry offers this PC, and what has become of it. Nothing where nothing is offered. */
export function ModelOffers({ account }: { readonly account: Account }) {
  const { t } = useText();
  const offers = useLoading('models.offers', {});
  useEvent('models.changed', offers.reload);
  const list = offers.value ?? [];
  if (list.length === 0) return null;
  return (
    <section aria-label={t('models.offers.title')}>
      <h2>{t('models.offers.title')}</h2>
      <p className="muted">{t('models.offers.intro')}</p>
      {list.map((offer) => (
        <OfferCard
          key={`${offer.name}@${offer.alias}`}
          offer={offer}
          mayDecide={mayCall(account.roles, 'models.follow')}
          onChange={offers.reload}
        />
      ))}
    </section>
  );
}

export interface OfferCardProps {
  readonly offer: ModelOffer;
  readonly mayDecide: boolean;
  readonly onChange: () => void;
}

export function OfferCard({ offer, mayDecide, onChange }: OfferCardProps) {
  const { t, format } = useText();
  const { name, version, alias, state } = offer;
  const title = t('models.offers.name', { name, version });
  const [isFollowing, setFollowing] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const retry = async (): Promise<void> => {
    setBusy(true);
    const answer = await call('models.retry-offer', { name, alias });
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    onChange();
  };
  return (
    <Card
      level={3}
      title={title}
      aside={<StatusWord {...offerLooks[state]} word={t(`modelOffer.${state}`)} wraps />}
    >
      {offer.problem === null ? null : (
        <Notice tone="warning" title={t(`problem.${offer.problem.code}.what`)}>
          <p>{t('models.offers.keeps')}</p>
        </Notice>
      )}
      {problem === null ? null : <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      <Facts
        facts={[
          { name: t('models.offers.alias'), value: alias },
          { name: t('models.offers.follows'), value: offer.followedAlias },
          ...(state === 'fetching'
            ? [
                {
                  name: t('models.offers.received'),
                  value: t('models.offers.receivedOf', {
                    received: format.bytes(offer.receivedBytes),
                    total: format.bytes(offer.packageBytes),
                  }),
                },
              ]
            : []),
          ...(offer.settledAt === null
            ? []
            : [{ name: t('models.offers.settledAt'), value: format.moment(offer.settledAt) }]),
        ]}
      />
      {mayDecide ? (
        <div className="row">
          {state === 'failed' ? (
            <Button icon="refresh" isBusy={isBusy} onClick={() => void retry()}>
              {t('models.offers.retry')}
              <span className="visually-hidden">{` ${title}`}</span>
            </Button>
          ) : null}
          <Button icon="models" onClick={() => setFollowing(true)}>
            {t('models.offers.follow')}
            <span className="visually-hidden">{` ${title}`}</span>
          </Button>
        </div>
      ) : null}
      {isFollowing ? (
        <FollowDialog
          offer={offer}
          onClose={() => setFollowing(false)}
          onFollowed={() => {
            setFollowing(false);
            onChange();
          }}
        />
      ) : null}
    </Card>
  );
}

function FollowDialog(props: {
  readonly offer: ModelOffer;
  readonly onClose: () => void;
  readonly onFollowed: () => void;
}) {
  const { t } = useText();
  const { name, followedAlias } = props.offer;
  const [alias, setAlias] = useState(followedAlias);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isReady = alias.trim() !== '';
  const submit = async (event?: SubmitEvent): Promise<void> => {
    event?.preventDefault();
    if (isBusy || !isReady) return;
    setBusy(true);
    const answer = await call('models.follow', { name, alias: alias.trim() });
    setBusy(false);
    if (answer.ok) props.onFollowed();
    else setProblem(answer.problem);
  };
  return (
    <Dialog
      title={t('models.offers.followTitle', { name })}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            icon="check"
            isBusy={isBusy}
            isDisabled={!isReady}
            onClick={() => void submit()}
          >
            {t('models.offers.followSave')}
          </Button>
        </>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('models.offers.follows')}
          help={t('models.offers.followHelp')}
          value={alias}
          onChange={setAlias}
          maximumLength={40}
          isSpellChecked={false}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
