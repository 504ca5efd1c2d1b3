export { languageNames, languageOptions } from './language.ts';
export type { MessageKey } from './messages.ts';
export type { Translate } from './translate.ts';
export { textFor, useText, type Text } from './use-text.ts';
