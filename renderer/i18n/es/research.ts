import type { research as source } from '../pt-BR/research.ts';
import type { SameKeys } from '../same-keys.ts';

export const research: SameKeys<typeof source> = {
  'problem.registry-sign-in-needed.what': 'Hay que volver a entrar en el registro central.',
  'problem.registry-sign-in-needed.do':
    'No se perdió nada: lo elegido queda en esta pantalla. Escriba la contraseña del registro para seguir.',
  'problem.registry-forbidden.what': 'El registro central no permite esto a su cuenta.',
  'problem.registry-forbidden.do':
    'No se cambió nada. Si necesita este acceso, pida al equipo del registro el papel de investigador en este hospital.',
};
