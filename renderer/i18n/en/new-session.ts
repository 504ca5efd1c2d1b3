import type { newSession as source } from '../pt-BR/new-session.ts';
import type { SameKeys } from '../same-keys.ts';

export const newSession: SameKeys<typeof source> = {};
