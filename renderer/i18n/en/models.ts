import type { models as source } from '../pt-BR/models.ts';
import type { SameKeys } from '../same-keys.ts';

export const models: SameKeys<typeof source> = {
  'models.placeholder': 'x',
};
