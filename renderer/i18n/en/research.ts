import type { research as source } from '../pt-BR/research.ts';
import type { SameKeys } from '../same-keys.ts';

export const research: SameKeys<typeof source> = {
  'problem.registry-sign-in-needed.what': 'Please sign in to the central registry again.',
  'problem.registry-sign-in-needed.do':
    'Nothing was lost: what was chosen stays on this screen. Type the registry’s password to go on.',
  'problem.registry-forbidden.what': 'The central registry does not let your account do this.',
  'problem.registry-forbidden.do':
    'Nothing was changed. If you need this access, ask the registry’s team for the role of researcher in this hospital.',
};
