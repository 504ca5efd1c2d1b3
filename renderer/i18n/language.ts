import { create } from 'zustand';
import { languages, type Language } from '../../contract/localized.ts';

interface LanguageState {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
}

/** The language of every page. The account's language, or the choice on the sign-in page, is put in by the desk. */
export const useLanguageStore = create<LanguageState>((set) => ({
  language: 'pt-BR',
  setLanguage: (language) => set({ language }),
}));

/** Names that everybody finds, whatever language is shown. */
export const languageNames: Readonly<Record<Language, string>> = {
  'pt-BR': 'Português (Brasil)',
  en: 'English',
  es: 'Español',
};

export const languageOptions = languages.map((value) => ({ value, label: languageNames[value] }));
