import { useMemo } from 'react';
import type { Language, LocalizedText } from '../../contract/localized.ts';
import { formatsFor, type Formats } from './format.ts';
import { useLanguageStore } from './language.ts';
import { translate, type Translate } from './translate.ts';

export interface Text {
  readonly language: Language;
  readonly t: Translate;
  /** The text of a definition (form, protocol, model) in the language shown. */
  readonly local: (text: LocalizedText) => string;
  readonly format: Formats;
}

export function textFor(language: Language): Text {
  return {
    language,
    t: (key, args) => translate(language, key, args),
    local: (text) => text[language],
    format: formatsFor(language),
  };
}

export function useText(): Text {
  const language = useLanguageStore((state) => state.language);
  return useMemo(() => textFor(language), [language]);
}
