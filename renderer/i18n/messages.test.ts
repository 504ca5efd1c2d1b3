import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { auditActions, modelStateSchema, storageStateSchema } from '../../contract/app-api.ts';
import { decisionReasons } from '../../contract/decision.ts';
import { answerFaults, answerWarnings } from '../../contract/form.ts';
import { languages } from '../../contract/localized.ts';
import { decisions } from '../../contract/model-manifest.ts';
import { modelOfferStates, modelServices } from '../../contract/model-rollout.ts';
import { accountOrigins, roles } from '../../contract/people.ts';
import { itemKinds, withdrawalKinds } from '../../contract/registry/sync.ts';
import { problemCodes } from '../../contract/result.ts';
import {
  appliedSettingSchema,
  consentSchema,
  qualityGates,
  sampleKinds,
  sessionModes,
  sessionStatuses,
  syncStates,
  takeContinuitySchema,
} from '../../contract/session.ts';
import { commands, events, sessionColumns } from '../../contract/app-api.ts';
import { syncReasons } from '../../contract/sync-reasons.ts';
import { syncActivities } from '../../contract/sync-state.ts';
import { settingsSections } from '../router.ts';
import { messages, type MessageKey } from './messages.ts';

const renderer = join(import.meta.dirname, '..');
const keys = Object.keys(messages['pt-BR']) as MessageKey[];

/** Families of keys whose last part is a value of the contract: each value has its text. */
const families: Readonly<Record<string, readonly string[]>> = {
  'problem.*.what': problemCodes,
  'problem.*.do': problemCodes,
  'status.*': sessionStatuses,
  'mode.*': sessionModes,
  'kind.*': sampleKinds,
  'sync.*': syncStates,
  'syncHelp.*': syncStates,
  'syncReason.*': syncReasons,
  'syncReasonDo.*': syncReasons,
  'syncReasonIt.*': syncReasons,
  'activity.*': syncActivities,
  'activityHelp.*': syncActivities,
  'itemKind.*': itemKinds,
  'withdrawKind.*': withdrawalKinds,
  'withdrawDone.*': withdrawalKinds,
  'accounts.origin.*': accountOrigins,
  'decision.*': decisions,
  'decisionSentence.*': decisions,
  'demonstrationSentence.*': decisions,
  'reason.*': decisionReasons,
  'gate.*': qualityGates,
  'gateAdvice.*': qualityGates,
  'fault.*': answerFaults,
  'warning.*': answerWarnings,
  'role.*': roles,
  'roleHelp.*': roles,
  'column.*': sessionColumns,
  'purpose.*': consentSchema.shape.purposes.element.options,
  'applied.*': appliedSettingSchema.options,
  'interruption.*': takeContinuitySchema.shape.interruption.options,
  'dropped.*': modelStateSchema.shape.dropped.element.shape.reason.options,
  'modelState.*': modelStateSchema.shape.state.options,
  'modelService.*': modelServices,
  'modelOffer.*': modelOfferStates,
  'modelSource.*': modelStateSchema.shape.source.options,
  'stage.*': events['screening.progress'].shape.stage.options,
  'audit.*': auditActions,
  'finding.*': commands['audit.verify'].output.shape.findings.element.shape.kind.options,
  'storage.integrity.*': storageStateSchema.shape.integrity.options,
  'storage.key.*': storageStateSchema.shape.keyProtection.options,
  'settings.section.*': settingsSections,
};

function familyKeys(pattern: string, values: readonly string[]): readonly string[] {
  return values.map((value) => pattern.replace('*', value));
}

/** Names of the arguments of a message, plural and select included. */
function argumentsOf(text: string): readonly string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      const node = value as { type?: number; value?: unknown };
      if (typeof node.type === 'number' && node.type >= 1 && node.type <= 6) names.add(String(node.value));
      for (const member of Object.values(value)) visit(member);
    }
  };
  visit(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst());
  return [...names].sort();
}

function sources(): string {
  const files = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/u.test(file) && !/\.test\.tsx?$/u.test(file) && !file.startsWith('i18n'),
  );
  return files.map((file) => readFileSync(join(renderer, file), 'utf8')).join('\n');
}

describe('the texts of the pages', () => {
  it.each(languages)('have every key in %s, and no other', (language) => {
    expect(Object.keys(messages[language]).sort()).toEqual([...keys].sort());
  });

  it.each(languages)('are never empty and never left in key form in %s', (language) => {
    const bad = keys.filter((key) => {
      const text = messages[language][key];
      return text.trim() === '' || text === key;
    });
    expect(bad).toEqual([]);
  });

  it('take the same arguments in every language', () => {
    const different = keys.filter((key) => {
      const [first, ...rest] = languages.map((language) => argumentsOf(messages[language][key]).join());
      return rest.some((names) => names !== first);
    });
    expect(different).toEqual([]);
  });

  it('name each area once: no key of one area hides that of another', () => {
    for (const language of languages) {
      const folder = join(renderer, 'i18n', language);
      const all = readdirSync(folder)
        .filter((file) => file !== 'index.ts')
        .flatMap((file) =>
          [...readFileSync(join(folder, file), 'utf8').matchAll(/^ {2}'([^']+)':/gmu)].map(
            (match) => match[1],
          ),
        );
      const twice = all.filter((key, index) => all.indexOf(key) !== index);
      expect(twice).toEqual([]);
    }
  });

  it.each(Object.entries(families))('cover every value of the contract for %s', (pattern, values) => {
    const missing = familyKeys(pattern, values).filter((key) => !(keys as string[]).includes(key));
    expect(missing).toEqual([]);
  });

  it('are all used: a key that no page asks for is removed', () => {
    const code = sources();
    const inFamilies = new Set(
      Object.entries(families).flatMap(([pattern, values]) => familyKeys(pattern, values)),
    );
    const templates = [...code.matchAll(/`([a-z][\w.-]*\.)\$\{[^`]*\}([\w.-]*)`/giu)].map(
      (match) => [match[1] ?? '', match[2] ?? ''] as const,
    );
    const unused = keys.filter(
      (key) =>
        !inFamilies.has(key) &&
        !code.includes(`'${key}'`) &&
        !templates.some(([start, end]) => key.startsWith(start) && key.endsWith(end)),
    );
    expect(unused).toEqual([]);
  });

  it('quote nothing: an apostrophe before a brace would hide an argument', () => {
    const bad = languages.flatMap((language) =>
      keys.filter((key) => /'[{}#|]/u.test(messages[language][key])),
    );
    expect(bad).toEqual([]);
  });

  it('are translated: a text that equals the Portuguese one is a name, a number or a word of both languages', () => {
    const longAndSame = (['en', 'es'] as const).flatMap((language) =>
      keys.filter(
        (key) =>
          messages[language][key] === messages['pt-BR'][key] &&
          (messages['pt-BR'][key].replaceAll(/\{[^}]*\}/gu, '').match(/\p{L}{4,}/gu) ?? []).length > 2,
      ),
    );
    expect(longAndSame).toEqual([]);
  });
});
