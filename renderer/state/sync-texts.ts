/** The way to the registry in the reader's words. */
import type { SessionSummary } from '../../contract/session.ts';
import type { SyncSettings, SyncState } from '../../contract/sync-state.ts';
import type { ProblemCode } from '../../contract/result.ts';
import type { Text } from '../i18n/index.ts';

/** Less than this is no news: clocks of PCs drift. */
const largestQuietSkewMs = 120_000;

/** Ordinary on a ward: the word of the activity says enough. */
const quietProblems: readonly ProblemCode[] = ['registry-unreachable', 'registry-busy', 'registry-refused'];

type Way = Pick<SessionSummary, 'sync' | 'syncProgress' | 'syncReason'>;

/** Where a session is safe, in a few words. */
export function syncWord({ t, format }: Pick<Text, 't' | 'format'>, way: Way): string {
  if (way.sync === 'sending' && way.syncProgress !== null) {
    // Rounded down: all of it is there only when the receipt is.
    return t('sync.sendingShare', { share: format.percent(Math.floor(way.syncProgress * 100) / 100) });
  }
  if (way.sync === 'needs-attention' && way.syncReason !== null) {
    return t('sync.because', { reason: t(`syncReason.${way.syncReason}`) });
  }
  if (way.sync === 'synced' && way.syncReason !== null) {
    return t('sync.safeBut', { reason: t(`syncReason.${way.syncReason}`) });
  }
  return t(`sync.${way.sync}`);
}

/** What it means for the reader and what to do next. */
export function syncHelp({ t }: Pick<Text, 't'>, { sync, syncReason }: Way): string {
  return syncReason === null ? t(`syncHelp.${sync}`) : t(`syncReasonDo.${syncReason}`);
}

export function waitingText(
  { t, format }: Pick<Text, 't' | 'format'>,
  waiting: SyncState['waiting'],
): string {
  const { sessions, takes, items, bytes } = waiting;
  const counted = (count: number) => ({ count, total: format.number(count) });
  const parts = [
    ...(sessions === 0 ? [] : [t('syncState.waiting.sessions', counted(sessions))]),
    ...(takes === 0 ? [] : [t('syncState.waiting.takes', { ...counted(takes), size: format.bytes(bytes) })]),
    ...(items === 0 ? [] : [t('syncState.waiting.items', counted(items))]),
  ];
  return parts.length === 0 ? t('syncState.waiting.none') : format.list(parts);
}

/** "5 minutes ago: 14:02"; the exact time alone where the clock was set back since. */
export function contactText({ t, format }: Pick<Text, 't' | 'format'>, at: string | null, now: Date): string {
  if (at === null) return t('syncState.never');
  const ago = format.ago(at, now);
  const exact = format.contact(at, now);
  return ago === undefined ? exact : t('syncState.ago', { ago, at: exact });
}

/** The clock's fault where it is worth a word. */
export function clockText({ t, format }: Pick<Text, 't' | 'format'>, skewMs: number | null): string | null {
  if (skewMs === null || Math.abs(skewMs) <= largestQuietSkewMs) return null;
  return t(skewMs > 0 ? 'syncState.clockAhead' : 'syncState.clockBehind', { duration: format.span(skewMs) });
}

/** What stands in the way and is neither told by the activity nor by the clock's own line. */
export function problemWorthTelling({ problem, clockSkewMs }: SyncState): SyncState['problem'] {
  if (problem === null || quietProblems.includes(problem.code)) return null;
  const isClockTold = clockSkewMs !== null && Math.abs(clockSkewMs) > largestQuietSkewMs;
  return problem.code === 'registry-clock' && isClockTold ? null : problem;
}

export function settingsTexts(
  { t, format }: Pick<Text, 't' | 'format'>,
  settings: SyncSettings,
): readonly { readonly name: string; readonly value: string }[] {
  const { pausesOnMetered, schedule, bandwidthBytesPerS, keepAudioDays } = settings;
  return [
    {
      name: t('registry.meteredShort'),
      value: t(pausesOnMetered ? 'registry.meteredPaused' : 'registry.meteredSent'),
    },
    {
      name: t('registry.schedule'),
      value: schedule === null ? t('registry.scheduleAlways') : t('registry.scheduleSpan', schedule),
    },
    {
      name: t('registry.bandwidth'),
      value:
        bandwidthBytesPerS === null ? t('registry.bandwidthNone') : format.bytesPerSecond(bandwidthBytesPerS),
    },
    {
      name: t('registry.keep'),
      value:
        keepAudioDays === null ? t('registry.keepAlways') : t('registry.keepDays', { count: keepAudioDays }),
    },
  ];
}
