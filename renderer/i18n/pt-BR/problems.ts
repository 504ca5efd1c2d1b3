/** Each problem code: what happened, and what is safe and what to do next. */
export const problems = {
  'problem.not-signed-in.what': 'Ninguém está conectado neste momento.',
  'problem.not-signed-in.do': 'O que já foi salvo continua salvo. Entre de novo para continuar.',
  'problem.locked.what': 'A tela está bloqueada.',
  'problem.locked.do': 'Nada se perdeu. Digite sua senha para desbloquear e tente outra vez.',
  'problem.forbidden.what': 'Sua conta não tem permissão para isto.',
  'problem.forbidden.do': 'Nada foi alterado. Se você precisa deste acesso, peça-o à equipe de TI.',
  'problem.wrong-credentials.what': 'Usuário ou senha incorretos.',
  'problem.wrong-credentials.do':
    'Confira se Caps Lock está desligado e digite de novo. Depois de cinco erros a conta fica bloqueada por algum tempo.',
  'problem.locked-out.what': 'Muitas tentativas com senha errada: a conta está bloqueada por algum tempo.',
  'problem.locked-out.do':
    'Os dados estão seguros. Espere alguns minutos, ou peça à equipe de TI uma senha nova.',
  'problem.account-disabled.what': 'Esta conta está desativada.',
  'problem.account-disabled.do': 'As sessões dela continuam guardadas. A equipe de TI pode reativar a conta.',
  'problem.account-exists.what': 'Já existe uma conta com este nome de usuário.',
  'problem.account-exists.do': 'Nada foi alterado. Escolha outro nome de usuário.',
  'problem.account-not-found.what': 'Esta conta não existe mais.',
  'problem.account-not-found.do': 'Nada foi alterado. Atualize a lista de contas.',
  'problem.last-it-account.what': 'Esta é a última conta de TI ativa.',
  'problem.last-it-account.do':
    'Nada foi alterado. Crie antes outra conta de TI; sem nenhuma, ninguém poderia administrar este computador.',
  'problem.weak-password.what': 'A senha é fraca demais.',
  'problem.weak-password.do':
    'Use pelo menos 10 caracteres, diferentes do nome de usuário e difíceis de adivinhar: três palavras sem relação servem bem.',
  'problem.first-account-exists.what': 'A primeira conta já foi criada neste computador.',
  'problem.first-account-exists.do': 'Entre com ela, ou peça à equipe de TI uma conta para você.',
  'problem.invalid-input.what': 'Uma informação enviada não é válida.',
  'problem.invalid-input.do': 'Nada foi alterado. Confira os campos e tente outra vez.',
  'problem.unknown-command.what': 'Esta versão do programa não conhece a operação pedida.',
  'problem.unknown-command.do':
    'Os dados estão seguros. Feche o programa e abra-o de novo; se voltar a acontecer, avise a equipe de TI.',
  'problem.foreign-origin.what': 'O pedido não veio desta janela e foi recusado.',
  'problem.foreign-origin.do':
    'Os dados estão seguros. Feche as outras janelas do programa e abra-o pelo atalho de sempre.',
  'problem.too-large.what': 'O que foi enviado é grande demais.',
  'problem.too-large.do': 'Nada foi alterado. Use um arquivo ou um texto menor.',
  'problem.not-found.what': 'O que foi pedido não existe mais.',
  'problem.not-found.do': 'Nada foi alterado. Volte para a lista e atualize-a.',
  'problem.conflict.what': 'Isto foi alterado por outra janela ou por outra pessoa nesse meio-tempo.',
  'problem.conflict.do':
    'As duas versões estão guardadas. Atualize a página, confira e repita a sua alteração se ainda for preciso.',
  'problem.internal.what': 'Algo falhou dentro do programa.',
  'problem.internal.do':
    'O que já apareceu como salvo está seguro. Tente outra vez; se voltar a acontecer, feche e abra o programa e avise a equipe de TI.',
  'problem.definition-invalid.what':
    'Um formulário ou protocolo instalado neste computador está com defeito.',
  'problem.definition-invalid.do':
    'As sessões já feitas estão seguras. Avise a equipe de TI: o arquivo precisa ser reinstalado.',
  'problem.form-incomplete.what': 'Faltam respostas obrigatórias no formulário.',
  'problem.form-incomplete.do':
    'O que você preencheu está guardado como rascunho. Complete os campos marcados e continue.',
  'problem.form-invalid-answer.what': 'Uma resposta do formulário não é aceita.',
  'problem.form-invalid-answer.do':
    'O que você preencheu está guardado como rascunho. Corrija os campos marcados e continue.',
  'problem.session-not-found.what': 'Esta sessão não foi encontrada neste computador.',
  'problem.session-not-found.do':
    'Ela pode ter sido apagada a pedido, aqui ou no registro central. Se não foi, volte para a lista e procure-a pelo registro do paciente.',
  'problem.session-closed.what': 'Esta sessão já foi concluída e não aceita alterações.',
  'problem.session-closed.do':
    'Ela está guardada. Para registrar algo mais, acrescente uma anotação; para gravar de novo, abra uma sessão nova.',
  'problem.session-incomplete.what': 'Ainda faltam etapas nesta sessão.',
  'problem.session-incomplete.do':
    'Tudo o que foi feito está guardado. Faça as etapas que faltam, ou pule-as dando o motivo onde isso é permitido.',
  'problem.step-not-found.what': 'Esta etapa não faz parte do protocolo da sessão.',
  'problem.step-not-found.do': 'Nada foi alterado. Volte para a etapa anterior da sessão.',
  'problem.step-not-skippable.what': 'Esta etapa não pode ser pulada.',
  'problem.step-not-skippable.do':
    'O rascunho está guardado. Grave a etapa, ou saia da sessão e retome-a depois.',
  'problem.consent-required.what': 'Falta o consentimento falado do paciente.',
  'problem.consent-required.do':
    'Nenhuma voz foi gravada. Grave e aceite o consentimento antes das tarefas de voz.',
  'problem.consent-text-changed.what': 'O texto do consentimento mudou desde que foi lido.',
  'problem.consent-text-changed.do':
    'A gravação está guardada. Leia o texto atual ao paciente e grave a resposta de novo.',
  'problem.take-not-found.what': 'Esta gravação não foi encontrada.',
  'problem.take-not-found.do':
    'As outras gravações da sessão estão seguras. Atualize a página; se ela continuar faltando, avise a equipe de TI.',
  'problem.take-not-open.what': 'Esta gravação já foi encerrada.',
  'problem.take-not-open.do':
    'O que foi gravado até o fim está guardado. Para continuar, comece uma gravação nova desta etapa.',
  'problem.take-empty.what': 'Nenhum som chegou do microfone.',
  'problem.take-empty.do':
    'As outras gravações estão seguras. Confira o cabo e o microfone escolhido, faça o teste do microfone e grave de novo.',
  'problem.take-damaged.what': 'Esta gravação está danificada no disco.',
  'problem.take-damaged.do':
    'As outras gravações estão seguras. Grave de novo se o paciente ainda estiver presente e avise a equipe de TI.',
  'problem.take-verification-failed.what': 'A gravação não pôde ser conferida depois de escrita no disco.',
  'problem.take-verification-failed.do':
    'Não conte com ela: grave esta etapa de novo. As gravações anteriores estão seguras. Avise a equipe de TI.',
  'problem.recording-in-progress.what': 'Já há uma gravação em andamento.',
  'problem.recording-in-progress.do': 'Ela continua. Pare a gravação atual antes de começar outra.',
  'problem.disk-full.what': 'Não há espaço suficiente no disco deste computador.',
  'problem.disk-full.do':
    'O que já foi salvo está seguro. Chame a equipe de TI para liberar espaço antes de gravar mais.',
  'problem.storage-unavailable.what': 'O programa não consegue ler ou escrever no disco.',
  'problem.storage-unavailable.do':
    'O que já apareceu como salvo está seguro. Não feche o programa; tente outra vez e chame a equipe de TI se continuar.',
  'problem.audio-empty.what': 'O arquivo de áudio está vazio.',
  'problem.audio-empty.do': 'O arquivo não foi usado. Escolha outro arquivo.',
  'problem.audio-not-recognised.what': 'O arquivo não é de áudio, ou é de um tipo desconhecido.',
  'problem.audio-not-recognised.do': 'O arquivo não foi usado. Escolha um arquivo WAV ou FLAC.',
  'problem.audio-unsupported.what': 'Este tipo de arquivo de áudio não é aceito.',
  'problem.audio-unsupported.do':
    'O arquivo não foi usado. Converta-o para WAV (PCM) ou FLAC e tente outra vez.',
  'problem.audio-truncated.what': 'O arquivo de áudio termina antes do fim que ele anuncia.',
  'problem.audio-truncated.do':
    'O arquivo não foi usado, porque faltaria voz. Copie-o de novo da origem e tente outra vez.',
  'problem.audio-damaged.what': 'O arquivo de áudio está danificado.',
  'problem.audio-damaged.do': 'O arquivo não foi usado. Copie-o de novo da origem ou escolha outro.',
  'problem.audio-header-missing.what': 'O arquivo de áudio não diz como deve ser lido: falta o cabeçalho.',
  'problem.audio-header-missing.do':
    'O arquivo não foi usado. Exporte-o de novo como WAV ou FLAC no programa em que foi feito.',
  'problem.audio-rate-unsupported.what': 'A taxa de amostragem do áudio não é aceita.',
  'problem.audio-rate-unsupported.do': 'O arquivo não foi usado. São aceitas taxas de 8 a 192 kHz.',
  'problem.audio-not-finite.what': 'O arquivo de áudio contém valores que não são som.',
  'problem.audio-not-finite.do': 'O arquivo não foi usado. Exporte-o de novo na origem ou escolha outro.',
  'problem.audio-too-long.what': 'O áudio é longo demais.',
  'problem.audio-too-long.do':
    'O arquivo não foi usado. Corte a parte que corresponde a esta etapa e tente outra vez.',
  'problem.audio-too-short.what': 'O áudio é curto demais.',
  'problem.audio-too-short.do': 'Grave de novo por mais tempo, ou escolha um arquivo mais longo.',
  'problem.audio-file-missing.what': 'O arquivo de áudio não foi encontrado.',
  'problem.audio-file-missing.do':
    'Nada foi alterado. Confira se a mídia ainda está conectada e escolha o arquivo de novo.',
  'problem.model-not-found.what': 'Este modelo não está instalado neste computador.',
  'problem.model-not-found.do':
    'A sessão está guardada. Escolha outro modelo, ou peça à equipe de TI que o instale.',
  'problem.model-invalid.what': 'A pasta do modelo não segue as regras: ele não pode ser usado.',
  'problem.model-invalid.do':
    'Nada foi instalado nem alterado. Confira o caminho da pasta; se estiver certo, peça uma pasta correta a quem publicou o modelo.',
  'problem.model-damaged.what': 'Um arquivo do modelo falta ou não pode ser lido.',
  'problem.model-damaged.do':
    'As sessões estão seguras. Copie a pasta do modelo de novo e instale-o outra vez.',
  'problem.model-hash-mismatch.what': 'Um arquivo do modelo foi alterado depois de publicado.',
  'problem.model-hash-mismatch.do':
    'O modelo não será usado, para que nenhum resultado seja falso. Copie a pasta de novo da origem e instale-o outra vez.',
  'problem.model-golden-mismatch.what': 'O modelo não reproduz neste computador os seus próprios exemplos.',
  'problem.model-golden-mismatch.do':
    'Ele não será usado aqui. As sessões estão seguras; escolha outro modelo e avise a equipe de TI.',
  'problem.model-asks-for-label.what': 'O modelo pede como entrada a própria resposta que deveria estimar.',
  'problem.model-asks-for-label.do':
    'Ele não será usado. As sessões estão seguras; escolha outro modelo e avise quem o publicou.',
  'problem.model-exists.what': 'Esta versão do modelo já está instalada.',
  'problem.model-exists.do':
    'Nada foi alterado. Uma versão publicada nunca muda; para trocar, instale uma versão nova.',
  'problem.model-key-unknown.what': 'O modelo foi assinado por alguém que este computador não conhece.',
  'problem.model-key-unknown.do':
    'O modelo não será usado; o que está em uso continua. Avise quem administra o registro central.',
  'problem.model-signature-invalid.what': 'A assinatura do modelo não confere.',
  'problem.model-signature-invalid.do':
    'O modelo não será usado; o que está em uso continua. Avise quem administra o registro central.',
  'problem.model-not-in-service.what': 'Este modelo não atende mais sessões novas.',
  'problem.model-not-in-service.do':
    'Escolha o modelo que está em uso. Os resultados que ele deu continuam guardados e podem ser conferidos.',
  'problem.model-needs-recording.what': 'Falta uma gravação de que o modelo precisa.',
  'problem.model-needs-recording.do':
    'A sessão está guardada. Use um modelo que não precise dela, ou grave essa etapa em uma sessão nova.',
  'problem.model-needs-field.what': 'Falta uma resposta do formulário de que o modelo precisa.',
  'problem.model-needs-field.do':
    'A sessão está guardada. Use outro modelo, ou preencha a resposta em uma sessão nova.',
  'problem.engine-load-failed.what': 'O modelo não pôde ser carregado.',
  'problem.engine-load-failed.do':
    'A sessão está guardada. Tente outra vez; se continuar, escolha outro modelo e avise a equipe de TI.',
  'problem.engine-hash-mismatch.what': 'O arquivo do modelo no disco não é o que foi instalado.',
  'problem.engine-hash-mismatch.do':
    'Ele não será usado. A sessão está guardada; peça à equipe de TI que reinstale o modelo.',
  'problem.engine-provider-unavailable.what':
    'Um processador deste computador não pôde ser usado com um modelo.',
  'problem.engine-provider-unavailable.do':
    'Outro é usado quando há um; os resultados são os mesmos. Sem nenhum, a sessão fica guardada e pode ser analisada depois. Veja o motivo na página Modelos.',
  'problem.engine-run-failed.what': 'O modelo falhou durante a análise.',
  'problem.engine-run-failed.do':
    'As gravações estão seguras. Analise a sessão de novo; se continuar, escolha outro modelo.',
  'problem.engine-output-invalid.what': 'O modelo devolveu valores que não são um resultado.',
  'problem.engine-output-invalid.do':
    'Nenhuma decisão foi tomada. As gravações estão seguras; escolha outro modelo e avise a equipe de TI.',
  'problem.engine-crashed.what': 'A análise parou de repente.',
  'problem.engine-crashed.do': 'As gravações estão seguras e o programa continua. Analise a sessão de novo.',
  'problem.engine-closed.what': 'A análise foi interrompida porque o programa estava fechando.',
  'problem.engine-closed.do': 'As gravações estão seguras. Analise a sessão de novo.',
  'problem.engine-timed-out.what': 'A análise demorou demais e foi interrompida.',
  'problem.engine-timed-out.do':
    'As gravações estão seguras. Feche outros programas e analise a sessão de novo.',
  'problem.key-missing.what': 'A chave que abre os dados deste computador não foi encontrada.',
  'problem.key-missing.do':
    'Os dados estão intactos, mas fechados. A equipe de TI pode abri-los com a chave de recuperação impressa.',
  'problem.key-wrong.what': 'A chave não abre os dados deste computador.',
  'problem.key-wrong.do':
    'Os dados estão intactos. Confira a chave e tente outra vez; a equipe de TI pode usar a chave de recuperação.',
  'problem.key-unavailable.what': 'O cofre de chaves do sistema não respondeu.',
  'problem.key-unavailable.do':
    'Os dados estão intactos, mas fechados. Entre no sistema com o usuário de sempre e abra o programa de novo.',
  'problem.store-newer.what': 'Os dados foram escritos por uma versão mais nova do programa.',
  'problem.store-newer.do': 'Nada foi tocado. Peça à equipe de TI que instale a versão mais nova.',
  'problem.store-damaged.what': 'O banco de dados deste computador está danificado.',
  'problem.store-damaged.do':
    'Nada foi apagado e há cópias de segurança. Não continue a gravar; chame a equipe de TI.',
  'problem.store-busy.what': 'Os dados estão em uso por outro programa ou outra janela.',
  'problem.store-busy.do': 'Nada se perdeu. Feche a outra janela e tente outra vez.',
  'problem.audit-broken.what': 'A trilha de auditoria foi alterada ou está incompleta.',
  'problem.audit-broken.do':
    'Os dados clínicos continuam legíveis. Avise a equipe de TI: ela pode ver em Configurações, Auditoria, o que foi alterado.',
  'problem.not-enrolled.what': 'Este computador ainda não está ligado a um registro central.',
  'problem.not-enrolled.do':
    'Nada se perdeu. A equipe de TI pode fazer a ligação em Configurações, Registro central.',
  'problem.already-enrolled.what': 'Este computador já está ligado a um registro central.',
  'problem.already-enrolled.do': 'Nada foi alterado. Para trocar de registro, desfaça antes a ligação atual.',
  'problem.registry-address-invalid.what': 'O endereço do registro não serve.',
  'problem.registry-address-invalid.do':
    'Nada foi alterado. Use o endereço completo que começa com https://, como a equipe do registro o escreveu.',
  'problem.registry-code-wrong.what': 'O código não é válido: foi digitado errado, já foi usado ou venceu.',
  'problem.registry-code-wrong.do':
    'Nada foi alterado. Confira o código ou peça um novo à equipe do registro.',
  'problem.registry-other.what': 'Quem respondeu não é o registro esperado.',
  'problem.registry-other.do':
    'Nada foi enviado. Confira o endereço; se estiver certo, avise a equipe do registro.',
  'problem.registry-unreachable.what': 'O registro central não pode ser alcançado agora.',
  'problem.registry-unreachable.do':
    'Tudo está guardado neste computador e será enviado quando houver rede. Continue trabalhando.',
  'problem.registry-answer-invalid.what':
    'Algo respondeu no lugar do registro central, por exemplo a página de acesso da rede.',
  'problem.registry-answer-invalid.do':
    'Nada foi dado como enviado. Entre na rede pelo navegador ou avise a equipe de TI; o envio é tentado de novo.',
  'problem.registry-busy.what': 'O registro central está ocupado.',
  'problem.registry-busy.do': 'Tudo está guardado neste computador. O envio é tentado de novo daqui a pouco.',
  'problem.registry-clock.what': 'O relógio deste computador e o do registro não combinam.',
  'problem.registry-clock.do':
    'Nada se perdeu. O programa se ajusta sozinho; se a mensagem continuar, peça à equipe de TI que acerte o relógio.',
  'problem.registry-refused.what': 'O registro central não reconhece mais este computador.',
  'problem.registry-refused.do':
    'Tudo está guardado aqui e nada mais é tentado. A equipe de TI precisa ligar o computador outra vez.',
  'problem.registry-item-refused.what': 'O registro central não aceitou uma parte do que foi enviado.',
  'problem.registry-item-refused.do':
    'Ela continua guardada neste computador; o resto é enviado. A equipe de TI pode ver o motivo.',
  'problem.registry-account-shadowed.what':
    'Uma conta do registro central tem o mesmo nome que uma conta deste computador.',
  'problem.registry-account-shadowed.do':
    'Vale a conta deste computador. A equipe de TI pode renomear uma das duas no registro.',
  'problem.account-of-registry.what': 'Esta conta é mantida no registro central.',
  'problem.account-of-registry.do': 'Nada foi alterado. Ela só pode ser mudada no registro.',
  'problem.take-on-registry.what':
    'Esta gravação não está mais neste computador: ela está segura no registro central.',
  'problem.take-on-registry.do': 'Nada se perdeu. Ouça-a no registro.',
};
