/** Entries of the audit trail in the reader's words: no code, key or id is shown. */
import { auditActions, type AuditAction } from '../../contract/app-api.ts';
import { languages } from '../../contract/localized.ts';
import { roles } from '../../contract/people.ts';
import type { ProtocolDefinition } from '../../contract/protocol.ts';
import { itemKinds, withdrawalKinds } from '../../contract/registry/sync.ts';
import { problemCodes } from '../../contract/result.ts';
import { qualityGates, type historyEntrySchema } from '../../contract/session.ts';
import { syncReasons } from '../../contract/sync-reasons.ts';
import { languageNames, type Text } from '../i18n/index.ts';
import { providerName } from './provider-name.ts';
import { stepTitle } from './step-titles.ts';

const droppedReasons = ['unavailable', 'crashed', 'timed-out', 'disagrees', 'failed'] as const;

type HistoryEntry = (typeof historyEntrySchema)['_output'];

export function actionText({ t }: Text, action: string): string {
  return isAction(action) ? t(`audit.${action}`) : t('audit.other');
}

export function personText({ t }: Text, by: string): string {
  return by === 'system' ? t('audit.page.system') : by;
}

/** One line per fact that a reader can use; ids and hashes are left out. */
export function detailTexts(
  text: Text,
  entry: HistoryEntry,
  protocols: readonly ProtocolDefinition[] = [],
): readonly string[] {
  return Object.keys(entry.details).flatMap((key) => {
    const line = detailText(text, key, entry, protocols);
    return line === undefined ? [] : [line];
  });
}

function detailText(
  text: Text,
  key: string,
  { action, details }: HistoryEntry,
  protocols: readonly ProtocolDefinition[],
): string | undefined {
  const { t, format } = text;
  const value = details[key];
  if (value === undefined || value === '') return undefined;
  const words = String(value);
  switch (key) {
    case 'step':
    case 'stepKey':
      return t('auditDetail.step', { step: stepTitle(text, protocols, words) });
    case 'version':
      return typeof value === 'number' ? t('auditDetail.take', { version: value }) : undefined;
    case 'model':
      return t('auditDetail.model', { model: words });
    case 'alias':
      return t('auditDetail.alias', { alias: words });
    case 'keys':
      return t('auditDetail.keys', { keys: format.list(split(words)) });
    case 'provider':
      return t('auditDetail.provider', { provider: providerName(text, words) });
    case 'username':
      return t('auditDetail.account', { account: words });
    case 'roles':
      return t('auditDetail.roles', {
        roles: format.list(split(words).map((role) => named(roles, role, (known) => t(`role.${known}`)))),
      });
    case 'isDisabled':
      return value === true ? t('accounts.disabled') : undefined;
    case 'reason':
      return t('auditDetail.reason', { reason: reasonText(text, words, protocols) });
    case 'problem':
    case 'code':
      return t('auditDetail.reason', { reason: reasonText(text, words, protocols) });
    case 'kind':
      return kindText(text, action, words);
    case 'why': {
      const why = whyText(text, words);
      return why === undefined ? undefined : t('auditDetail.reason', { reason: why });
    }
    case 'hospital':
      return t('auditDetail.hospital', { hospital: words });
    case 'address':
      return t('auditDetail.address', { address: words });
    case 'formerRegistries':
      return t('auditDetail.formerRegistries', { formerRegistries: words });
    case 'files':
      return typeof value === 'number' ? t('auditDetail.files', { count: value }) : undefined;
    case 'gates':
      return t('auditDetail.quality', {
        gates: format.list(
          split(words).map((gate) => named(qualityGates, gate, (known) => t(`gate.${known}`))),
        ),
      });
    case 'purposes':
      return t('auditDetail.purposes', {
        purposes: format.list(
          split(words).map((purpose) =>
            named(['care', 'research', 'retraining'] as const, purpose, (known) => t(`purpose.${known}`)),
          ),
        ),
      });
    case 'language':
      return t('auditDetail.language', {
        language: named(languages, words, (known) => languageNames[known]),
      });
    case 'sessions':
      return typeof value === 'number' ? t('auditDetail.sessions', { count: value }) : undefined;
    case 'recording':
      return value === true ? t('auditDetail.duringRecording') : undefined;
    case 'matches':
      return t(value === true ? 'result.replay.matches' : 'result.replay.differsUnknown');
    default:
      return undefined;
  }
}

/** Of the registry's reasons only those that this program has words for: the others are codes. */
function whyText({ t }: Text, why: string): string | undefined {
  const sync = syncReasons.find((known) => known === why);
  if (sync !== undefined) return t(`syncReason.${sync}`);
  const problem = problemCodes.find((known) => known === why);
  return problem === undefined ? undefined : t(`problem.${problem}.what`);
}

/** Why a session was erased, or which part of one was sent; other kinds are no news to a reader. */
function kindText({ t }: Text, action: string, kind: string): string | undefined {
  if (action === 'session-withdrawn' || action === 'session-removed') {
    const why = withdrawalKinds.find((known) => known === kind);
    return why === undefined ? undefined : t(`withdrawKind.${why}`);
  }
  const part = kind === 'audio' ? 'take' : itemKinds.find((known) => known === kind);
  return part === undefined ? undefined : t(`itemKind.${part}`);
}

function reasonText(text: Text, reason: string, protocols: readonly ProtocolDefinition[]): string {
  const { t, local } = text;
  const skip = protocols
    .flatMap((protocol) => protocol.steps)
    .flatMap((step) => step.skipReasons)
    .find((candidate) => candidate.value === reason);
  if (skip !== undefined) return local(skip.label);
  if (reason === 'idle') return t('auditDetail.reason.idle');
  if (reason === 'asked') return t('auditDetail.reason.asked');
  const dropped = droppedReasons.find((known) => known === reason);
  if (dropped !== undefined) return t(`dropped.${dropped}`);
  return named(problemCodes, reason, (code) => t(`problem.${code}.what`));
}

/** The word of a known value; an unknown one (a reason that a person typed) stands as it is. */
function named<Known extends string>(
  known: readonly Known[],
  value: string,
  word: (value: Known) => string,
): string {
  const found = known.find((candidate) => candidate === value);
  return found === undefined ? value : word(found);
}

function split(words: string): readonly string[] {
  return words.split(', ').filter((word) => word !== '');
}

function isAction(action: string): action is AuditAction {
  return (auditActions as readonly string[]).includes(action);
}
