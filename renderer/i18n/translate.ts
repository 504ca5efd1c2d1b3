import { IntlMessageFormat } from 'intl-messageformat';
import type { Language } from '../../contract/localized.ts';
import { messages, type MessageKey } from './messages.ts';

export type MessageArguments = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, args?: MessageArguments) => string;

const formats = new Map<string, IntlMessageFormat>();

/** The text of a key in a language, with its arguments and plurals (ICU message syntax). */
export function translate(language: Language, key: MessageKey, args?: MessageArguments): string {
  const id = `${language} ${key}`;
  let format = formats.get(id);
  if (format === undefined) {
    format = new IntlMessageFormat(messages[language][key], language, undefined, { ignoreTag: true });
    formats.set(id, format);
  }
  const text = format.format<string>(args);
  return Array.isArray(text) ? text.join('') : text;
}
