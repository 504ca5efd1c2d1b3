/** The registry as researchers see it: its sessions, labels and training. */
export const research = {
  'problem.registry-sign-in-needed.what': 'É preciso entrar de novo no registro central.',
  'problem.registry-sign-in-needed.do':
    'Nada se perdeu: o que foi escolhido fica nesta tela. Digite a senha do registro para continuar.',
  'problem.registry-forbidden.what': 'O registro central não permite isto à sua conta.',
  'problem.registry-forbidden.do':
    'Nada foi alterado. Se precisa deste acesso, peça à equipe do registro o papel de pesquisador neste hospital.',
};
