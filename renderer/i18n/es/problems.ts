import type { problems as source } from '../pt-BR/problems.ts';
import type { SameKeys } from '../same-keys.ts';

export const problems: SameKeys<typeof source> = {
  'problem.not-signed-in.what': 'En este momento nadie tiene la sesión iniciada.',
  'problem.not-signed-in.do': 'Lo que ya se guardó sigue guardado. Inicie sesión de nuevo para continuar.',
  'problem.locked.what': 'La pantalla está bloqueada.',
  'problem.locked.do': 'No se perdió nada. Escriba su contraseña para desbloquear y vuelva a intentarlo.',
  'problem.forbidden.what': 'Su cuenta no tiene permiso para esto.',
  'problem.forbidden.do': 'No se cambió nada. Si necesita este acceso, pídalo al equipo de informática.',
  'problem.wrong-credentials.what': 'El usuario o la contraseña no son correctos.',
  'problem.wrong-credentials.do':
    'Compruebe que Bloq Mayús esté desactivado y escriba de nuevo. Tras cinco errores, la cuenta queda bloqueada por un tiempo.',
  'problem.locked-out.what': 'Demasiadas contraseñas incorrectas: la cuenta está bloqueada por un tiempo.',
  'problem.locked-out.do':
    'Los datos están seguros. Espere unos minutos o pida una contraseña nueva al equipo de informática.',
  'problem.account-disabled.what': 'Esta cuenta está desactivada.',
  'problem.account-disabled.do':
    'Sus sesiones siguen guardadas. El equipo de informática puede reactivar la cuenta.',
  'problem.account-exists.what': 'Ya existe una cuenta con este nombre de usuario.',
  'problem.account-exists.do': 'No se cambió nada. Elija otro nombre de usuario.',
  'problem.account-not-found.what': 'Esta cuenta ya no existe.',
  'problem.account-not-found.do': 'No se cambió nada. Actualice la lista de cuentas.',
  'problem.last-it-account.what': 'Esta es la última cuenta de informática activa.',
  'problem.last-it-account.do':
    'No se cambió nada. Cree antes otra cuenta de informática; sin ninguna, nadie podría administrar este equipo.',
  'problem.weak-password.what': 'La contraseña es demasiado débil.',
  'problem.weak-password.do':
    'Use al menos 10 caracteres, distintos del nombre de usuario y difíciles de adivinar: tres palabras sin relación sirven bien.',
  'problem.first-account-exists.what': 'La primera cuenta ya se creó en este equipo.',
  'problem.first-account-exists.do':
    'Inicie sesión con ella, o pida al equipo de informática una cuenta propia.',
  'problem.invalid-input.what': 'Un dato introducido no es válido.',
  'problem.invalid-input.do': 'No se cambió nada. Revise los campos y vuelva a intentarlo.',
  'problem.unknown-command.what': 'Esta versión del programa no conoce la operación pedida.',
  'problem.unknown-command.do':
    'Los datos están seguros. Cierre el programa y ábralo de nuevo; si vuelve a ocurrir, avise al equipo de informática.',
  'problem.foreign-origin.what': 'La petición no vino de esta ventana y fue rechazada.',
  'problem.foreign-origin.do':
    'Los datos están seguros. Cierre las otras ventanas del programa y ábralo como de costumbre.',
  'problem.too-large.what': 'Lo que se envió es demasiado grande.',
  'problem.too-large.do': 'No se cambió nada. Use un archivo o un texto más pequeño.',
  'problem.not-found.what': 'Lo que se pidió ya no existe.',
  'problem.not-found.do': 'No se cambió nada. Vuelva a la lista y actualícela.',
  'problem.conflict.what': 'Otra ventana u otra persona cambió esto mientras tanto.',
  'problem.conflict.do':
    'Las dos versiones están guardadas. Actualice la página, compruébela y repita su cambio si aún hace falta.',
  'problem.internal.what': 'Algo falló dentro del programa.',
  'problem.internal.do':
    'Lo que apareció como guardado está seguro. Vuelva a intentarlo; si se repite, cierre y abra el programa y avise al equipo de informática.',
  'problem.definition-invalid.what': 'Un formulario o protocolo instalado en este equipo está defectuoso.',
  'problem.definition-invalid.do':
    'Las sesiones ya hechas están seguras. Avise al equipo de informática: hay que reinstalar el archivo.',
  'problem.form-incomplete.what': 'Faltan respuestas obligatorias en el formulario.',
  'problem.form-incomplete.do':
    'Lo que rellenó está guardado como borrador. Complete los campos marcados y continúe.',
  'problem.form-invalid-answer.what': 'Una respuesta del formulario no se acepta.',
  'problem.form-invalid-answer.do':
    'Lo que rellenó está guardado como borrador. Corrija los campos marcados y continúe.',
  'problem.session-not-found.what': 'Esta sesión no se encontró en este equipo.',
  'problem.session-not-found.do':
    'Puede haberse borrado a pedido, aquí o en el registro central. Si no fue así, vuelva a la lista y búsquela por el número de historia del paciente.',
  'problem.session-closed.what': 'Esta sesión ya se completó y no admite cambios.',
  'problem.session-closed.do':
    'Está guardada. Para registrar algo más, añada una nota; para grabar de nuevo, abra una sesión nueva.',
  'problem.session-incomplete.what': 'Aún faltan pasos en esta sesión.',
  'problem.session-incomplete.do':
    'Todo lo hecho está guardado. Realice los pasos que faltan, u omítalos indicando el motivo donde esté permitido.',
  'problem.step-not-found.what': 'Este paso no forma parte del protocolo de la sesión.',
  'problem.step-not-found.do': 'No se cambió nada. Vuelva al paso anterior de la sesión.',
  'problem.step-not-skippable.what': 'Este paso no se puede omitir.',
  'problem.step-not-skippable.do':
    'El borrador está guardado. Grabe el paso, o salga de la sesión y reanúdela después.',
  'problem.consent-required.what': 'Falta el consentimiento hablado del paciente.',
  'problem.consent-required.do':
    'No se grabó ninguna voz. Grabe y acepte el consentimiento antes de las tareas de voz.',
  'problem.consent-text-changed.what': 'El texto del consentimiento cambió desde que se leyó.',
  'problem.consent-text-changed.do':
    'La grabación está guardada. Lea el texto actual al paciente y grabe la respuesta de nuevo.',
  'problem.take-not-found.what': 'Esta grabación no se encontró.',
  'problem.take-not-found.do':
    'Las demás grabaciones de la sesión están seguras. Actualice la página; si sigue faltando, avise al equipo de informática.',
  'problem.take-not-open.what': 'Esta grabación ya se cerró.',
  'problem.take-not-open.do':
    'Lo grabado hasta el final está guardado. Para continuar, comience una grabación nueva de este paso.',
  'problem.take-empty.what': 'No llegó ningún sonido del micrófono.',
  'problem.take-empty.do':
    'Las otras grabaciones están seguras. Revise el cable y el micrófono elegido, haga la prueba del micrófono y grabe de nuevo.',
  'problem.take-damaged.what': 'Esta grabación está dañada en el disco.',
  'problem.take-damaged.do':
    'Las otras grabaciones están seguras. Grabe de nuevo si el paciente sigue presente y avise al equipo de informática.',
  'problem.take-verification-failed.what':
    'La grabación no pudo comprobarse después de escribirse en el disco.',
  'problem.take-verification-failed.do':
    'No cuente con ella: grabe este paso de nuevo. Las grabaciones anteriores están seguras. Avise al equipo de informática.',
  'problem.recording-in-progress.what': 'Ya hay una grabación en curso.',
  'problem.recording-in-progress.do': 'Esta continúa. Detenga la grabación actual antes de comenzar otra.',
  'problem.disk-full.what': 'No hay espacio suficiente en el disco de este equipo.',
  'problem.disk-full.do':
    'Lo ya guardado está seguro. Llame al equipo de informática para liberar espacio antes de grabar más.',
  'problem.storage-unavailable.what': 'El programa no puede leer o escribir en el disco.',
  'problem.storage-unavailable.do':
    'Lo que apareció como guardado está seguro. No cierre el programa; vuelva a intentarlo y llame al equipo de informática si continúa.',
  'problem.audio-empty.what': 'El archivo de audio está vacío.',
  'problem.audio-empty.do': 'El archivo no se usó. Elija otro archivo.',
  'problem.audio-not-recognised.what': 'El archivo no es de audio, o es de un tipo desconocido.',
  'problem.audio-not-recognised.do': 'El archivo no se usó. Elija un archivo WAV o FLAC.',
  'problem.audio-unsupported.what': 'Este tipo de archivo de audio no se acepta.',
  'problem.audio-unsupported.do':
    'El archivo no se usó. Conviértalo a WAV (PCM) o FLAC y vuelva a intentarlo.',
  'problem.audio-truncated.what': 'El archivo de audio termina antes del final que anuncia.',
  'problem.audio-truncated.do':
    'El archivo no se usó, porque faltaría voz. Cópielo de nuevo desde su origen y vuelva a intentarlo.',
  'problem.audio-damaged.what': 'El archivo de audio está dañado.',
  'problem.audio-damaged.do': 'El archivo no se usó. Cópielo de nuevo desde su origen o elija otro.',
  'problem.audio-header-missing.what': 'El archivo de audio no indica cómo leerlo: falta el encabezado.',
  'problem.audio-header-missing.do':
    'El archivo no se usó. Expórtelo de nuevo como WAV o FLAC desde el programa en que se hizo.',
  'problem.audio-rate-unsupported.what': 'La frecuencia de muestreo del audio no se acepta.',
  'problem.audio-rate-unsupported.do': 'El archivo no se usó. Se aceptan frecuencias de 8 a 192 kHz.',
  'problem.audio-not-finite.what': 'El archivo de audio contiene valores que no son sonido.',
  'problem.audio-not-finite.do': 'El archivo no se usó. Expórtelo de nuevo desde su origen o elija otro.',
  'problem.audio-too-long.what': 'El audio es demasiado largo.',
  'problem.audio-too-long.do':
    'El archivo no se usó. Recorte la parte que corresponde a este paso y vuelva a intentarlo.',
  'problem.audio-too-short.what': 'El audio es demasiado corto.',
  'problem.audio-too-short.do': 'Grabe de nuevo durante más tiempo, o elija un archivo más largo.',
  'problem.audio-file-missing.what': 'El archivo de audio no se encontró.',
  'problem.audio-file-missing.do':
    'No se cambió nada. Compruebe que el medio siga conectado y elija el archivo de nuevo.',
  'problem.model-not-found.what': 'Este modelo no está instalado en este equipo.',
  'problem.model-not-found.do':
    'La sesión está guardada. Elija otro modelo, o pida al equipo de informática que lo instale.',
  'problem.model-invalid.what': 'La carpeta del modelo no sigue las reglas: no puede usarse.',
  'problem.model-invalid.do':
    'No se instaló ni cambió nada. Compruebe la ruta de la carpeta; si es la correcta, pida una carpeta válida a quien publicó el modelo.',
  'problem.model-damaged.what': 'Falta un archivo del modelo o no puede leerse.',
  'problem.model-damaged.do':
    'Las sesiones están seguras. Copie de nuevo la carpeta del modelo e instálelo otra vez.',
  'problem.model-hash-mismatch.what': 'Un archivo del modelo se modificó después de publicarse.',
  'problem.model-hash-mismatch.do':
    'El modelo no se usará, para que ningún resultado sea falso. Copie de nuevo la carpeta desde su origen e instálelo otra vez.',
  'problem.model-golden-mismatch.what': 'El modelo no reproduce en este equipo sus propios ejemplos.',
  'problem.model-golden-mismatch.do':
    'No se usará aquí. Las sesiones están seguras; elija otro modelo y avise al equipo de informática.',
  'problem.model-asks-for-label.what': 'El modelo pide como entrada la misma respuesta que debería estimar.',
  'problem.model-asks-for-label.do':
    'No se usará. Las sesiones están seguras; elija otro modelo y avise a quien lo publicó.',
  'problem.model-exists.what': 'Esta versión del modelo ya está instalada.',
  'problem.model-exists.do':
    'No se cambió nada. Una versión publicada nunca cambia; para reemplazarla, instale una versión nueva.',
  'problem.model-key-unknown.what': 'El modelo lo firmó alguien a quien este equipo no conoce.',
  'problem.model-key-unknown.do':
    'No se usará; el modelo en uso sigue. Avise a quien administra el registro central.',
  'problem.model-signature-invalid.what': 'La firma del modelo no coincide.',
  'problem.model-signature-invalid.do':
    'No se usará; el modelo en uso sigue. Avise a quien administra el registro central.',
  'problem.model-not-in-service.what': 'Este modelo ya no atiende sesiones nuevas.',
  'problem.model-not-in-service.do':
    'Elija el modelo que está en uso. Los resultados que dio siguen guardados y pueden comprobarse.',
  'problem.model-needs-recording.what': 'Falta una grabación que el modelo necesita.',
  'problem.model-needs-recording.do':
    'La sesión está guardada. Use un modelo que no la necesite, o grabe ese paso en una sesión nueva.',
  'problem.model-needs-field.what': 'Falta una respuesta del formulario que el modelo necesita.',
  'problem.model-needs-field.do':
    'La sesión está guardada. Use otro modelo, o complete la respuesta en una sesión nueva.',
  'problem.engine-load-failed.what': 'El modelo no pudo cargarse.',
  'problem.engine-load-failed.do':
    'La sesión está guardada. Vuelva a intentarlo; si continúa, elija otro modelo y avise al equipo de informática.',
  'problem.engine-hash-mismatch.what': 'El archivo del modelo en el disco no es el que se instaló.',
  'problem.engine-hash-mismatch.do':
    'No se usará. La sesión está guardada; pida al equipo de informática que reinstale el modelo.',
  'problem.engine-provider-unavailable.what': 'Un procesador de este equipo no pudo usarse con un modelo.',
  'problem.engine-provider-unavailable.do':
    'Se usa otro cuando lo hay; los resultados son los mismos. Sin ninguno, la sesión queda guardada y puede analizarse después. Vea el motivo en la página Modelos.',
  'problem.engine-run-failed.what': 'El modelo falló durante el análisis.',
  'problem.engine-run-failed.do':
    'Las grabaciones están seguras. Analice la sesión de nuevo; si continúa, elija otro modelo.',
  'problem.engine-output-invalid.what': 'El modelo devolvió valores que no son un resultado.',
  'problem.engine-output-invalid.do':
    'No se tomó ninguna decisión. Las grabaciones están seguras; elija otro modelo y avise al equipo de informática.',
  'problem.engine-crashed.what': 'El análisis se detuvo de repente.',
  'problem.engine-crashed.do':
    'Las grabaciones están seguras y el programa continúa. Analice la sesión de nuevo.',
  'problem.engine-closed.what': 'El análisis se interrumpió porque el programa se estaba cerrando.',
  'problem.engine-closed.do': 'Las grabaciones están seguras. Analice la sesión de nuevo.',
  'problem.engine-timed-out.what': 'El análisis tardó demasiado y se detuvo.',
  'problem.engine-timed-out.do':
    'Las grabaciones están seguras. Cierre otros programas y analice la sesión de nuevo.',
  'problem.key-missing.what': 'No se encontró la clave que abre los datos de este equipo.',
  'problem.key-missing.do':
    'Los datos están intactos, pero cerrados. El equipo de informática puede abrirlos con la clave de recuperación impresa.',
  'problem.key-wrong.what': 'La clave no abre los datos de este equipo.',
  'problem.key-wrong.do':
    'Los datos están intactos. Compruebe la clave y vuelva a intentarlo; el equipo de informática puede usar la clave de recuperación.',
  'problem.key-unavailable.what': 'El almacén de claves del sistema no respondió.',
  'problem.key-unavailable.do':
    'Los datos están intactos, pero cerrados. Entre en el sistema con el usuario habitual y abra el programa de nuevo.',
  'problem.store-newer.what': 'Los datos fueron escritos por una versión más nueva del programa.',
  'problem.store-newer.do':
    'No se tocó nada. Pida al equipo de informática que instale la versión más nueva.',
  'problem.store-damaged.what': 'La base de datos de este equipo está dañada.',
  'problem.store-damaged.do':
    'No se borró nada y hay copias de seguridad. No siga grabando; llame al equipo de informática.',
  'problem.store-busy.what': 'Los datos están en uso por otro programa u otra ventana.',
  'problem.store-busy.do': 'No se perdió nada. Cierre la otra ventana y vuelva a intentarlo.',
  'problem.audit-broken.what': 'El registro de auditoría fue alterado o está incompleto.',
  'problem.audit-broken.do':
    'Los datos clínicos siguen siendo legibles. Avise al equipo de informática: en Configuración, Auditoría, puede ver qué se alteró.',
  'problem.not-enrolled.what': 'Este equipo todavía no pertenece a un registro central.',
  'problem.not-enrolled.do':
    'No se perdió nada. El equipo de informática puede inscribirlo en Configuración, Registro central.',
  'problem.already-enrolled.what': 'Este equipo ya pertenece a un registro central.',
  'problem.already-enrolled.do': 'No se cambió nada. Para pasar a otro registro, deje antes el actual.',
  'problem.registry-address-invalid.what': 'La dirección del registro no sirve.',
  'problem.registry-address-invalid.do':
    'No se cambió nada. Use la dirección completa que comienza con https://, tal como la escribió el equipo del registro.',
  'problem.registry-code-wrong.what': 'El código no es válido: está mal escrito, ya se usó o venció.',
  'problem.registry-code-wrong.do':
    'No se cambió nada. Revise el código o pida uno nuevo al equipo del registro.',
  'problem.registry-other.what': 'Quien respondió no es el registro esperado.',
  'problem.registry-other.do':
    'No se envió nada. Revise la dirección; si es correcta, avise al equipo del registro.',
  'problem.registry-unreachable.what': 'Ahora no se puede alcanzar el registro central.',
  'problem.registry-unreachable.do':
    'Todo está guardado en este equipo y se enviará cuando haya red. Siga trabajando.',
  'problem.registry-answer-invalid.what':
    'Algo respondió en lugar del registro central, por ejemplo la página de acceso de la red.',
  'problem.registry-answer-invalid.do':
    'Nada se dio por enviado. Entre en la red con el navegador o avise al equipo de informática; el envío se intenta de nuevo.',
  'problem.registry-busy.what': 'El registro central está ocupado.',
  'problem.registry-busy.do': 'Todo está guardado en este equipo. El envío se intenta de nuevo en breve.',
  'problem.registry-clock.what': 'El reloj de este equipo y el del registro no coinciden.',
  'problem.registry-clock.do':
    'No se perdió nada. El programa se ajusta solo; si continúa, pida al equipo de informática que ponga el reloj en hora.',
  'problem.registry-refused.what': 'El registro central ya no acepta este equipo.',
  'problem.registry-refused.do':
    'Todo está guardado aquí y no se intenta nada más. El equipo de informática debe inscribirlo otra vez.',
  'problem.registry-item-refused.what': 'El registro central no aceptó una parte de lo enviado.',
  'problem.registry-item-refused.do':
    'Sigue guardada en este equipo y el resto se envía. El equipo de informática puede ver el motivo.',
  'problem.registry-account-shadowed.what':
    'Una cuenta del registro central tiene el mismo nombre que una cuenta de este equipo.',
  'problem.registry-account-shadowed.do':
    'Vale la cuenta de este equipo. El equipo de informática puede cambiar el nombre de la otra en el registro.',
  'problem.account-of-registry.what': 'Esta cuenta se mantiene en el registro central.',
  'problem.account-of-registry.do': 'No se cambió nada. Solo puede cambiarse en el registro.',
  'problem.take-on-registry.what':
    'Esta grabación ya no está en este equipo: está segura en el registro central.',
  'problem.take-on-registry.do': 'No se perdió nada. Escúchela en el registro.',
};
