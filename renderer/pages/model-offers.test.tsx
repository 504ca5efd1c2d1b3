import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { modelOfferStates, type ModelOffer } from '../../contract/model-rollout.ts';
import { textFor } from '../i18n/index.ts';
import { OfferCard } from './model-offers.tsx';

const { t } = textFor('pt-BR');

function show(changes: Partial<ModelOffer>, mayDecide = true): string {
  const offer: ModelOffer = {
    name: 'breath',
    version: '2.0.0',
    alias: 'production',
    followedAlias: 'production',
    state: 'waiting',
    receivedBytes: 0,
    packageBytes: 4_000_000,
    settledAt: null,
    problem: null,
    ...changes,
  };
  return renderToStaticMarkup(
    <OfferCard offer={offer} mayDecide={mayDecide} onChange={() => undefined} />,
  ).replaceAll('&#x27;', "'");
}

describe('an offer', () => {
  it.each(modelOfferStates)('that is %s says so in words', (state) => {
    expect(show({ state })).toContain(t(`modelOffer.${state}`));
  });

  it('that failed says why, that the old model goes on, and lets IT try again', () => {
    const failed: Partial<ModelOffer> = {
      state: 'failed',
      problem: { code: 'model-golden-mismatch', details: {} },
      settledAt: { at: '2026-11-21T12:00:00.000Z', zone: 'America/Sao_Paulo' },
    };
    const page = show(failed);
    expect(page).toContain(t('problem.model-golden-mismatch.what'));
    expect(page).toContain(t('models.offers.keeps'));
    expect(page).toContain(t('models.offers.retry'));
    expect(show(failed, false)).not.toContain(t('models.offers.retry'));
  });

  it('that is on its way tells how far it came', () => {
    expect(show({ state: 'fetching', receivedBytes: 1_000_000 })).toMatch(/1.MB de 4.MB/u);
  });
});
