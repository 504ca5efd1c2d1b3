export { formatsFor, type Formats } from './format.ts';
export { languageNames, languageOptions, useLanguageStore } from './language.ts';
export type { MessageKey } from './messages.ts';
export { translate, type MessageArguments, type Translate } from './translate.ts';
export { textFor, useText, type Text } from './use-text.ts';
