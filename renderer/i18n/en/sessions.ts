import type { sessions as source } from '../pt-BR/sessions.ts';
import type { SameKeys } from '../same-keys.ts';

export const sessions: SameKeys<typeof source> = {
  'sessions.placeholder': 'x',
};
