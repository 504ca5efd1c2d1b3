import type { settings as source } from '../pt-BR/settings.ts';
import type { SameKeys } from '../same-keys.ts';

export const settings: SameKeys<typeof source> = {
  'settings.placeholder': 'x',
};
