/** All takes of a step, newest first, the one that counts marked. */
import type { TakeId } from '../../contract/ids.ts';
import type { Take } from '../../contract/session.ts';
import { useText } from '../i18n/index.ts';
import { Button, StatusWord } from '../ui/index.ts';
import { verdictOf } from './take-verdict.ts';
import { lookOf } from './take-verdict-view.tsx';

export function TakeList(props: {
  readonly takes: readonly Take[];
  readonly viewedId: TakeId | undefined;
  readonly isBarred: boolean;
  readonly onView: (takeId: TakeId) => void;
  readonly onChoose: (takeId: TakeId) => void;
}) {
  const { t, format } = useText();
  const newestFirst = [...props.takes].reverse();
  return (
    <section className="takes" aria-label={t('recording.takes')}>
      <h2>{t('recording.takes')}</h2>
      {newestFirst.length === 0 ? <p className="muted small">{t('recording.noTakes')}</p> : null}
      <ol className="takes__list">
        {newestFirst.map((take) => {
          const verdict = verdictOf(take);
          const name = t('recording.take', { version: take.version });
          return (
            <li key={take.id} className={take.isChosen ? 'takes__take takes__take--chosen' : 'takes__take'}>
              <div className="takes__facts">
                <strong>{name}</strong>
                <span>{format.seconds(take.durationS)}</span>
                <StatusWord {...lookOf(verdict.kind)} word={t(`recording.verdict.${verdict.kind}.short`)} />
              </div>
              {take.continuity.interruption === 'app-ended' ? (
                <p className="small">{t('recording.recovered')}</p>
              ) : null}
              {take.source === 'file' ? <p className="small muted">{t('recording.fromFile')}</p> : null}
              <div className="takes__facts">
                {take.isChosen ? (
                  <StatusWord tone="accent" icon="check" word={t('recording.chosen')} />
                ) : (
                  <Button
                    size="dense"
                    isDisabled={props.isBarred}
                    label={t('recording.chooseTake', { take: name })}
                    onClick={() => props.onChoose(take.id)}
                  >
                    {t('recording.choose')}
                  </Button>
                )}
                {take.id === props.viewedId ? null : (
                  <Button
                    size="dense"
                    look="quiet"
                    isDisabled={props.isBarred}
                    label={t('recording.showTake', { take: name })}
                    onClick={() => props.onView(take.id)}
                  >
                    {t('recording.show')}
                  </Button>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
