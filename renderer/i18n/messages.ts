import type { Language } from '../../contract/localized.ts';
import { en } from './en/index.ts';
import { es } from './es/index.ts';
import { ptBr } from './pt-BR/index.ts';

/** Every text of the pages has a key; pt-BR is the language that the others are checked against. */
export type MessageKey = keyof typeof ptBr;

export const messages: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = {
  'pt-BR': ptBr,
  en,
  es,
};
