import { useText } from '../i18n/index.ts';
import { scaleOf } from '../state/scale.ts';
import './score-scale.css';

/** The score against its two thresholds, as a drawing with the same facts as its text alternative. */
export function ScoreScale(props: {
  readonly shownScore: number;
  readonly thresholds: { readonly positive: number; readonly negative: number };
}) {
  const { t, format } = useText();
  const { shownScore, thresholds } = props;
  const scale = scaleOf(props);
  const number = (value: number): string => format.number(value, 2);
  const percent = (place: number): string => `${place * 100}%`;
  return (
    <div className="score-scale">
      <p className="small muted">{t('result.score')}</p>
      <div
        className="score-scale__drawing"
        role="img"
        aria-label={t('result.scaleText', {
          score: number(shownScore),
          negative: number(thresholds.negative),
          positive: number(thresholds.positive),
          low: number(scale.low),
          high: number(scale.high),
        })}
      >
        <span
          className={
            scale.score > 0.5 ? 'score-scale__value score-scale__value--from-end' : 'score-scale__value'
          }
          style={{ left: percent(scale.score) }}
        >
          {t('result.scoreValue', { score: number(shownScore) })}
        </span>
        <span className="score-scale__mark" style={{ left: percent(scale.score) }} />
        <div className="score-scale__bar">
          <span
            className="score-scale__zone score-scale__zone--decisive"
            style={{ width: percent(scale.negative) }}
          />
          <span className="score-scale__zone" style={{ width: percent(scale.positive - scale.negative) }} />
          <span
            className="score-scale__zone score-scale__zone--decisive"
            style={{ width: percent(1 - scale.positive) }}
          />
        </div>
        <span className="score-scale__threshold" style={{ left: percent(scale.negative) }} />
        <span className="score-scale__threshold" style={{ left: percent(scale.positive) }} />
      </div>
      <div className="score-scale__legend" aria-hidden="true">
        <span>{t('result.zone.negative', { value: number(thresholds.negative) })}</span>
        <span>{t('result.zone.between')}</span>
        <span>{t('result.zone.positive', { value: number(thresholds.positive) })}</span>
      </div>
    </div>
  );
}
