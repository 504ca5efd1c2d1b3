import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { AccountId, SessionId } from '../../contract/ids.ts';
import { languages } from '../../contract/localized.ts';
import type { Account } from '../../contract/people.ts';
import { problemCodes } from '../../contract/result.ts';
import { syncStates, type SessionSummary } from '../../contract/session.ts';
import { syncReasons } from '../../contract/sync-reasons.ts';
import { syncActivities, type SyncReview, type SyncState } from '../../contract/sync-state.ts';
import { textFor } from '../i18n/index.ts';
import { syncWord } from '../state/sync-texts.ts';
import { syncLine } from './home-page.tsx';
import { ReviewList } from './registry-reviews.tsx';
import { AccountActions } from './settings-accounts.tsx';
import { RegistryParts } from './settings-registry.tsx';
import { SyncFacts, SyncPanel, SyncWarnings } from './sync-panel.tsx';
import { SyncCell, SyncExplained } from './sync-word.tsx';
import { isConfirmed } from './withdraw-dialog.tsx';

const text = textFor('en');
const now = new Date('2026-11-21T20:00:00.000Z');
const at = { at: '2026-11-21T12:00:00.000Z', zone: 'America/Sao_Paulo' };
const sessionId = '019aa0f0-0000-7000-8000-000000000001' as SessionId;
const nobody = (): void => undefined;

function account(changes: Partial<Account> = {}): Account {
  return {
    id: '019aa0f0-0000-7000-8000-00000000000a' as AccountId,
    username: 'bia',
    displayName: 'Beatriz Lima',
    roles: ['clinician'],
    language: 'en',
    isDisabled: false,
    createdAt: at,
    origin: 'local',
    ...changes,
  };
}

function state(changes: Partial<SyncState> = {}): SyncState {
  return {
    enrolment: {
      registryUrl: 'https://registro.exemplo.org',
      registryId: '019aa0f0-0000-7000-8000-0000000000ff' as NonNullable<SyncState['enrolment']>['registryId'],
      hospital: 'Santa Casa',
      workstationName: 'Ward 3',
      enrolledAt: at,
    },
    settings: { pausesOnMetered: true, schedule: null, bandwidthBytesPerS: null, keepAudioDays: 30 },
    activity: 'idle',
    waiting: { sessions: 0, takes: 0, bytes: 0, items: 0 },
    needAttention: 0,
    lastContactAt: '2026-11-21T19:55:00.000Z',
    lastReceiptAt: null,
    speedBytesPerS: null,
    clockSkewMs: null,
    nextTryAt: null,
    problem: null,
    ...changes,
  };
}

const off = state({ enrolment: null, activity: 'off', lastContactAt: null });
const way = (changes: Partial<SessionSummary>) => ({
  sync: 'local-only' as const,
  syncProgress: null,
  syncReason: null,
  ...changes,
});

/** The words alone, in the language that the pages begin with. */
function show(element: React.ReactNode): string {
  return renderToStaticMarkup(element).replaceAll(/<[^>]*>/gu, '\n');
}

const portuguese = textFor('pt-BR');

describe('where a session is safe', () => {
  it('is said in words: here, waiting, how much was sent, safe, or why it needs somebody', () => {
    const words = [
      way({ sync: 'local-only' }),
      way({ sync: 'waiting' }),
      way({ sync: 'sending', syncProgress: 0.4 }),
      way({ sync: 'sending', syncProgress: null }),
      way({ sync: 'synced' }),
      way({ sync: 'needs-attention', syncReason: 'audio-unreadable' }),
      way({ sync: 'needs-attention' }),
    ].map((one) => syncWord(text, one));
    expect(words).toEqual([
      'Only on this PC',
      'Waiting to be sent',
      'Sending 40%',
      'Sending',
      'Safe on the server',
      'Needs attention: a recording is unreadable',
      'Needs attention',
    ]);
  });

  it('never says that all was sent while something is missing', () => {
    expect(syncWord(text, way({ sync: 'sending', syncProgress: 0.999 }))).toBe('Sending 99%');
  });

  it('shows its reason in the list too', () => {
    for (const syncReason of syncReasons) {
      const shown = show(<SyncCell session={way({ sync: 'needs-attention', syncReason })} />);
      expect(shown).toContain(portuguese.t('sync.needs-attention'));
      expect(shown).toContain(portuguese.t(`syncReason.${syncReason}`));
    }
  });

  it.each(syncStates)('tells on the page of a session that is %s what to do next', (sync) => {
    expect(show(<SyncExplained session={way({ sync })} />)).toContain(portuguese.t(`syncHelp.${sync}`));
  });

  it('leads from a session that needs somebody to the registry’s page', () => {
    const shown = renderToStaticMarkup(
      <SyncExplained session={way({ sync: 'needs-attention', syncReason: 'audio-refused' })} />,
    );
    expect(shown).toContain('href="#/settings/registry"');
    expect(shown).toContain(portuguese.t('syncReasonDo.audio-refused'));
  });
});

describe('the line of sending at home', () => {
  const home = {
    drafts: [],
    today: [],
    unsyncedSessions: 3,
    lastContactAt: null,
    disk: { freeBytes: 1, neededBytes: 1, isEnough: true },
    models: { ready: 0, failed: 0 },
  };

  it('is calm on a PC that belongs to no registry', () => {
    expect(syncLine(text, home, off, now)).toEqual({
      word: { tone: 'neutral', icon: 'disk', word: 'No central registry' },
      note: 'This PC does not belong to a central registry. Everything works without it.',
    });
  });

  it('says what waits and when the registry was last heard, in relative and exact time', () => {
    const sync = state({ activity: 'waiting-for-network', lastContactAt: '2026-11-20T20:00:00.000Z' });
    expect(syncLine(text, home, sync, now)).toEqual({
      word: { tone: 'neutral', icon: 'cloud-off', word: 'Waiting for a network' },
      note: `3 sessions wait · Last contact: 1 day ago: ${text.format.instant('2026-11-20T20:00:00.000Z')}`,
    });
    expect(syncLine(text, home, state({ lastContactAt: null }), now).note).toContain('None yet');
  });

  it('asks for nobody but where the registry refuses this PC', () => {
    const tones = syncActivities.map((activity) => syncLine(text, home, state({ activity }), now).word.tone);
    expect(syncActivities.filter((_, index) => tones[index] === 'warning')).toEqual(['refused']);
    expect(tones).not.toContain('danger');
  });

  it('puts the sessions that need somebody first', () => {
    const line = syncLine(text, home, state({ needAttention: 1 }), now);
    expect(line.word).toEqual({ tone: 'warning', icon: 'warning', word: '1 session needs attention' });
    expect(line.note).toContain('Up to date · 3 sessions wait');
  });

  it('counts what waits before the state of sending is known', () => {
    expect(syncLine(text, home, null, now).word.word).toBe('3 sessions wait');
  });
});

describe('the state of sending', () => {
  const facts = (changes: Partial<SyncState>): string => show(<SyncFacts state={state(changes)} now={now} />);
  const warnings = (changes: Partial<SyncState>): string => show(<SyncWarnings state={state(changes)} />);

  it.each(syncActivities)('says %s in words, with what it means', (activity) => {
    expect(facts({ activity })).toContain(portuguese.t(`activity.${activity}`));
    expect(facts({ activity })).toContain(portuguese.t(`activityHelp.${activity}`));
  });

  it('counts sessions, recordings with their size, and what else waits', () => {
    const shown = facts({ waiting: { sessions: 2, takes: 9, bytes: 41_000_000, items: 1 } });
    expect(shown.replaceAll('\u00a0', ' ')).toContain('2 sessões, 9 gravações (41 MB) e 1 outra entrada');
    expect(facts({})).toContain(portuguese.t('syncState.waiting.none'));
  });

  it('shows speed and next try where there are any', () => {
    expect(facts({})).not.toContain(portuguese.t('syncState.speed'));
    expect(facts({ speedBytesPerS: 15_000 }).replaceAll('\u00a0', ' ')).toContain('15 kB/s');
    expect(facts({ nextTryAt: '2026-11-21T20:05:00.000Z' })).toContain(portuguese.t('syncState.nextTry'));
  });

  it.each([
    [119_000, ''],
    [-120_000, ''],
    [150_000, 'adiantado'],
    [-3 * 3_600_000, 'atrasado: 3 horas'],
  ])('tells a clock that is %d ms off where it is more than two minutes', (clockSkewMs, said) => {
    const shown = warnings({ clockSkewMs });
    if (said === '') expect(shown).toBe('');
    else expect(shown).toContain(said);
  });

  it('makes no fuss of a network that is not there, and tells of a portal that answers in place of the registry', () => {
    expect(warnings({ problem: { code: 'registry-unreachable', details: {} } })).toBe('');
    expect(warnings({ problem: { code: 'registry-answer-invalid', details: {} } })).toContain(
      portuguese.t('problem.registry-answer-invalid.do'),
    );
  });

  it('counts the sessions that need somebody, and leads readers to them', () => {
    expect(warnings({ needAttention: 2 })).toContain('2 sessões requerem atenção');
    expect(warnings({ needAttention: 2 })).not.toContain(portuguese.t('syncState.attentionShow'));
    expect(show(<SyncWarnings state={state({ needAttention: 1 })} onShowAttention={nobody} />)).toContain(
      portuguese.t('syncState.attentionShow'),
    );
  });

  it('can be started by hand wherever there is a registry', () => {
    expect(show(<SyncPanel state={state()} />)).toContain(portuguese.t('syncState.now'));
    expect(show(<SyncPanel state={off} />)).not.toContain(portuguese.t('syncState.now'));
  });
});

describe('the page of the registry', () => {
  const parts = (sync: SyncState, who: Account): string =>
    renderToStaticMarkup(
      <RegistryParts state={sync} account={who} onEnrolled={nobody} onLeft={nobody} onSaved={nobody} />,
    );
  const it_ = account({ roles: ['it'] });

  it('lets IT enrol, and tells others that it could be done', () => {
    expect(parts(off, it_)).toContain(portuguese.t('registry.enrolSubmit'));
    expect(parts(off, it_).match(/<input/gu)).toHaveLength(3);
    expect(parts(off, account())).toContain(portuguese.t('registry.notEnrolledReader'));
    expect(parts(off, account())).not.toContain('<input');
  });

  it('shows the enrolment to everybody, and lets IT alone change or leave it', () => {
    for (const who of [it_, account()]) {
      expect(parts(state(), who)).toContain('Santa Casa');
      expect(parts(state(), who)).toContain('Ward 3');
    }
    expect(parts(state(), it_)).toContain(portuguese.t('registry.leave'));
    expect(parts(state(), it_)).toContain(portuguese.t('registry.metered'));
    expect(parts(state(), account())).not.toContain(portuguese.t('registry.leave'));
    expect(parts(state(), account())).not.toContain('<input');
    expect(parts(state(), account())).toContain('30 dias');
  });

  it('tells IT what to do when the registry refuses this PC', () => {
    expect(parts(state({ activity: 'refused' }), it_)).toContain(portuguese.t('registry.refusedIt'));
    expect(parts(state({ activity: 'refused' }), account())).not.toContain(
      portuguese.t('registry.refusedIt'),
    );
  });
});

describe('what was put aside', () => {
  const review = (changes: Partial<SyncReview> = {}): SyncReview => ({
    kind: 'take',
    itemId: '019aa0f0-0000-7000-8000-000000000009',
    sessionId,
    reason: 'audio-refused',
    detail: 'sha256',
    at,
    maySetAside: false,
    ...changes,
  });
  const list = (reviews: readonly SyncReview[], who: Account): string =>
    renderToStaticMarkup(
      <ReviewList reviews={reviews} account={who} busy={null} onRetry={nobody} onSetAside={nobody} />,
    );

  it('stands in words without its id, and a recording cannot be left out', () => {
    const shown = list([review()], account({ roles: ['it'] }));
    expect(shown).toContain(portuguese.t('itemKind.take'));
    expect(shown).toContain(portuguese.t('syncReasonIt.audio-refused'));
    expect(shown).toContain(portuguese.t('registry.reviewRetry'));
    expect(shown).not.toContain(portuguese.t('registry.reviewSetAside'));
    expect(shown).not.toContain(review().itemId);
  });

  it('may be left out by IT where nothing of the patient is lost by it', () => {
    expect(list([review({ kind: 'note', maySetAside: true })], account({ roles: ['it'] }))).toContain(
      portuguese.t('registry.reviewSetAside'),
    );
  });

  it('leads readers to the session and offers them nothing that they may not do; IT sees no patient', () => {
    const reader = list([review({ maySetAside: true })], account());
    expect(reader).toContain(`#/sessions/${sessionId}`);
    expect(reader).not.toContain('<button');
    expect(list([review()], account({ roles: ['it'] }))).not.toContain(sessionId);
  });

  it('says so when there is nothing', () => {
    expect(list([], account())).toContain(portuguese.t('registry.reviewsNone'));
  });
});

describe('an account', () => {
  it('of the registry is not changed here', () => {
    const shown = renderToStaticMarkup(
      <AccountActions account={account({ origin: 'registry' })} onOpen={nobody} />,
    );
    expect(shown).toContain(portuguese.t('accounts.ofRegistry'));
    expect(shown).not.toContain('<button');
    expect(renderToStaticMarkup(<AccountActions account={account()} onOpen={nobody} />)).toContain('<button');
  });
});

describe('erasing a session', () => {
  it.each(languages)('is confirmed by its word alone in %s', (language) => {
    const word = textFor(language).t('withdraw.word');
    expect(isConfirmed(word, word)).toBe(true);
    expect(isConfirmed(` ${word.toLowerCase()} `, word)).toBe(true);
    for (const typed of ['', 'x', word.slice(0, -1), `${word}!`])
      expect(isConfirmed(typed, word)).toBe(false);
  });
});

it('every problem of the registry is an instruction in every language', () => {
  const codes = problemCodes.filter((code) => code.startsWith('registry-') || code.includes('enrolled'));
  for (const language of languages)
    for (const code of codes)
      expect(textFor(language).t(`problem.${code}.do`).length, `${language} ${code}`).toBeGreaterThan(20);
});
