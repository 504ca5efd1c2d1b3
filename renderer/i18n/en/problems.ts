import type { problems as source } from '../pt-BR/problems.ts';
import type { SameKeys } from '../same-keys.ts';

export const problems: SameKeys<typeof source> = {
  'problem.not-signed-in.what': 'Nobody is signed in at the moment.',
  'problem.not-signed-in.do': 'What was saved is still saved. Sign in again to go on.',
  'problem.locked.what': 'The screen is locked.',
  'problem.locked.do': 'Nothing was lost. Enter your password to unlock, then try again.',
  'problem.forbidden.what': 'Your account is not allowed to do this.',
  'problem.forbidden.do': 'Nothing was changed. If you need this access, ask the IT team for it.',
  'problem.wrong-credentials.what': 'The user name or the password is wrong.',
  'problem.wrong-credentials.do':
    'Check that Caps Lock is off and type it again. After five wrong tries the account is blocked for a while.',
  'problem.locked-out.what': 'Too many wrong passwords: the account is blocked for a while.',
  'problem.locked-out.do': 'The data are safe. Wait some minutes, or ask the IT team for a new password.',
  'problem.account-disabled.what': 'This account is disabled.',
  'problem.account-disabled.do': 'Its sessions are still kept. The IT team can enable the account again.',
  'problem.account-exists.what': 'There is already an account with this user name.',
  'problem.account-exists.do': 'Nothing was changed. Choose another user name.',
  'problem.account-not-found.what': 'This account does not exist any more.',
  'problem.account-not-found.do': 'Nothing was changed. Refresh the list of accounts.',
  'problem.last-it-account.what': 'This is the last active IT account.',
  'problem.last-it-account.do':
    'Nothing was changed. Create another IT account first; without one, nobody could administer this PC.',
  'problem.weak-password.what': 'The password is too weak.',
  'problem.weak-password.do':
    'Use at least 10 characters, unlike the user name and hard to guess: three unrelated words do well.',
  'problem.first-account-exists.what': 'The first account was already created on this PC.',
  'problem.first-account-exists.do': 'Sign in with it, or ask the IT team for an account of your own.',
  'problem.invalid-input.what': 'Something that was entered is not valid.',
  'problem.invalid-input.do': 'Nothing was changed. Check the fields and try again.',
  'problem.unknown-command.what': 'This version of the program does not know the requested operation.',
  'problem.unknown-command.do':
    'The data are safe. Close the program and open it again; if it happens again, tell the IT team.',
  'problem.foreign-origin.what': 'The request did not come from this window and was refused.',
  'problem.foreign-origin.do':
    'The data are safe. Close the other windows of the program and open it the usual way.',
  'problem.too-large.what': 'What was sent is too large.',
  'problem.too-large.do': 'Nothing was changed. Use a smaller file or a shorter text.',
  'problem.not-found.what': 'What was asked for does not exist any more.',
  'problem.not-found.do': 'Nothing was changed. Go back to the list and refresh it.',
  'problem.conflict.what': 'This was changed by another window or another person in the meantime.',
  'problem.conflict.do':
    'Both versions are kept. Refresh the page, check it, and repeat your change if it is still needed.',
  'problem.internal.what': 'Something failed inside the program.',
  'problem.internal.do':
    'What was shown as saved is safe. Try again; if it happens again, close and open the program and tell the IT team.',
  'problem.definition-invalid.what': 'A form or protocol installed on this PC is faulty.',
  'problem.definition-invalid.do':
    'Sessions already made are safe. Tell the IT team: the file must be installed again.',
  'problem.form-incomplete.what': 'Required answers are missing in the form.',
  'problem.form-incomplete.do':
    'What you filled in is kept as a draft. Complete the marked fields and go on.',
  'problem.form-invalid-answer.what': 'An answer of the form is not accepted.',
  'problem.form-invalid-answer.do':
    'What you filled in is kept as a draft. Correct the marked fields and go on.',
  'problem.session-not-found.what': 'This session was not found on this PC.',
  'problem.session-not-found.do':
    'It may have been erased on request, here or in the central registry. If not, go back to the list and search for it by the patient’s record number.',
  'problem.session-closed.what': 'This session is complete and takes no more changes.',
  'problem.session-closed.do':
    'It is kept. To record something more, add a note; to record the voice again, start a new session.',
  'problem.session-incomplete.what': 'Some steps of this session are still missing.',
  'problem.session-incomplete.do':
    'All that was done is kept. Do the missing steps, or skip them with a reason where that is allowed.',
  'problem.step-not-found.what': 'This step is not part of the session’s protocol.',
  'problem.step-not-found.do': 'Nothing was changed. Go back to the previous step of the session.',
  'problem.step-not-skippable.what': 'This step cannot be skipped.',
  'problem.step-not-skippable.do':
    'The draft is kept. Record the step, or leave the session and resume it later.',
  'problem.consent-required.what': 'The patient’s spoken consent is missing.',
  'problem.consent-required.do':
    'No voice was recorded. Record and accept the consent before the voice tasks.',
  'problem.consent-text-changed.what': 'The consent text has changed since it was read.',
  'problem.consent-text-changed.do':
    'The recording is kept. Read the present text to the patient and record the answer again.',
  'problem.take-not-found.what': 'This recording was not found.',
  'problem.take-not-found.do':
    'The session’s other recordings are safe. Refresh the page; if it is still missing, tell the IT team.',
  'problem.take-not-open.what': 'This recording has already been closed.',
  'problem.take-not-open.do':
    'What was recorded up to its end is kept. To go on, start a new recording of this step.',
  'problem.take-empty.what': 'No sound came from the microphone.',
  'problem.take-empty.do':
    'The other recordings are safe. Check the cable and the chosen microphone, run the microphone check and record again.',
  'problem.take-damaged.what': 'This recording is damaged on the disk.',
  'problem.take-damaged.do':
    'The other recordings are safe. Record again if the patient is still there, and tell the IT team.',
  'problem.take-verification-failed.what':
    'The recording could not be verified after it was written to the disk.',
  'problem.take-verification-failed.do':
    'Do not rely on it: record this step again. Earlier recordings are safe. Tell the IT team.',
  'problem.recording-in-progress.what': 'A recording is already running.',
  'problem.recording-in-progress.do': 'It goes on. Stop the present recording before you start another.',
  'problem.disk-full.what': 'There is not enough space on this PC’s disk.',
  'problem.disk-full.do':
    'What was already saved is safe. Call the IT team to free some space before you record more.',
  'problem.storage-unavailable.what': 'The program cannot read or write the disk.',
  'problem.storage-unavailable.do':
    'What was shown as saved is safe. Do not close the program; try again, and call the IT team if it goes on.',
  'problem.audio-empty.what': 'The audio file is empty.',
  'problem.audio-empty.do': 'The file was not used. Choose another file.',
  'problem.audio-not-recognised.what': 'The file is not audio, or of a kind that is not known.',
  'problem.audio-not-recognised.do': 'The file was not used. Choose a WAV or FLAC file.',
  'problem.audio-unsupported.what': 'This kind of audio file is not accepted.',
  'problem.audio-unsupported.do': 'The file was not used. Convert it to WAV (PCM) or FLAC and try again.',
  'problem.audio-truncated.what': 'The audio file ends before the end that it announces.',
  'problem.audio-truncated.do':
    'The file was not used, because voice would be missing. Copy it again from where it came and try again.',
  'problem.audio-damaged.what': 'The audio file is damaged.',
  'problem.audio-damaged.do': 'The file was not used. Copy it again from where it came, or choose another.',
  'problem.audio-header-missing.what': 'The audio file does not say how to read it: its header is missing.',
  'problem.audio-header-missing.do':
    'The file was not used. Export it again as WAV or FLAC from the program that made it.',
  'problem.audio-rate-unsupported.what': 'The sample rate of the audio is not accepted.',
  'problem.audio-rate-unsupported.do': 'The file was not used. Rates from 8 to 192 kHz are accepted.',
  'problem.audio-not-finite.what': 'The audio file holds values that are not sound.',
  'problem.audio-not-finite.do':
    'The file was not used. Export it again from where it came, or choose another.',
  'problem.audio-too-long.what': 'The audio is too long.',
  'problem.audio-too-long.do':
    'The file was not used. Cut out the part that belongs to this step and try again.',
  'problem.audio-too-short.what': 'The audio is too short.',
  'problem.audio-too-short.do': 'Record again for longer, or choose a longer file.',
  'problem.audio-file-missing.what': 'The audio file was not found.',
  'problem.audio-file-missing.do':
    'Nothing was changed. Check that the medium is still connected and choose the file again.',
  'problem.model-not-found.what': 'This model is not installed on this PC.',
  'problem.model-not-found.do':
    'The session is kept. Choose another model, or ask the IT team to install it.',
  'problem.model-invalid.what': 'The model’s folder does not follow the rules: it cannot be used.',
  'problem.model-invalid.do':
    'Nothing was installed or changed. Check the path of the folder; if it is right, ask whoever published the model for a correct folder.',
  'problem.model-damaged.what': 'A file of the model is missing or cannot be read.',
  'problem.model-damaged.do':
    'The sessions are safe. Copy the model’s folder again and install it once more.',
  'problem.model-hash-mismatch.what': 'A file of the model was changed after it was published.',
  'problem.model-hash-mismatch.do':
    'The model will not be used, so that no result is false. Copy the folder again from its source and install it once more.',
  'problem.model-golden-mismatch.what': 'The model does not reproduce its own examples on this PC.',
  'problem.model-golden-mismatch.do':
    'It will not be used here. The sessions are safe; choose another model and tell the IT team.',
  'problem.model-asks-for-label.what': 'The model asks for the very answer that it should estimate.',
  'problem.model-asks-for-label.do':
    'It will not be used. The sessions are safe; choose another model and tell whoever published it.',
  'problem.model-exists.what': 'This version of the model is already installed.',
  'problem.model-exists.do':
    'Nothing was changed. A published version never changes; to replace it, install a new version.',
  'problem.model-key-unknown.what': 'The model was signed by somebody whom this PC does not know.',
  'problem.model-key-unknown.do':
    'It will not be used; the model in use goes on. Tell whoever runs the central registry.',
  'problem.model-signature-invalid.what': 'The signature of the model does not match.',
  'problem.model-signature-invalid.do':
    'It will not be used; the model in use goes on. Tell whoever runs the central registry.',
  'problem.model-not-in-service.what': 'This model no longer serves new sessions.',
  'problem.model-not-in-service.do':
    'Choose the model that is in use. The results that it gave stay kept and can be checked.',
  'problem.model-needs-recording.what': 'A recording that the model needs is missing.',
  'problem.model-needs-recording.do':
    'The session is kept. Use a model that does not need it, or record that step in a new session.',
  'problem.model-needs-field.what': 'An answer of the form that the model needs is missing.',
  'problem.model-needs-field.do':
    'The session is kept. Use another model, or give the answer in a new session.',
  'problem.engine-load-failed.what': 'The model could not be loaded.',
  'problem.engine-load-failed.do':
    'The session is kept. Try again; if it goes on, choose another model and tell the IT team.',
  'problem.engine-hash-mismatch.what': 'The model file on the disk is not the one that was installed.',
  'problem.engine-hash-mismatch.do':
    'It will not be used. The session is kept; ask the IT team to install the model again.',
  'problem.engine-provider-unavailable.what': 'A processor of this PC could not be used with a model.',
  'problem.engine-provider-unavailable.do':
    'Another one is used where there is one; the results are the same. With none, the session is kept and can be screened later. See why on the Models page.',
  'problem.engine-run-failed.what': 'The model failed during the screening.',
  'problem.engine-run-failed.do':
    'The recordings are safe. Screen the session again; if it goes on, choose another model.',
  'problem.engine-output-invalid.what': 'The model returned values that are not a result.',
  'problem.engine-output-invalid.do':
    'No decision was made. The recordings are safe; choose another model and tell the IT team.',
  'problem.engine-crashed.what': 'The screening stopped suddenly.',
  'problem.engine-crashed.do': 'The recordings are safe and the program goes on. Screen the session again.',
  'problem.engine-closed.what': 'The screening was interrupted because the program was closing.',
  'problem.engine-closed.do': 'The recordings are safe. Screen the session again.',
  'problem.engine-timed-out.what': 'The screening took too long and was stopped.',
  'problem.engine-timed-out.do':
    'The recordings are safe. Close other programs and screen the session again.',
  'problem.key-missing.what': 'The key that opens this PC’s data was not found.',
  'problem.key-missing.do':
    'The data are intact, but closed. The IT team can open them with the printed recovery key.',
  'problem.key-wrong.what': 'The key does not open this PC’s data.',
  'problem.key-wrong.do':
    'The data are intact. Check the key and try again; the IT team can use the recovery key.',
  'problem.key-unavailable.what': 'The system’s key store did not answer.',
  'problem.key-unavailable.do':
    'The data are intact, but closed. Sign in to the system as the usual user and open the program again.',
  'problem.store-newer.what': 'The data were written by a newer version of the program.',
  'problem.store-newer.do': 'Nothing was touched. Ask the IT team to install the newer version.',
  'problem.store-damaged.what': 'This PC’s database is damaged.',
  'problem.store-damaged.do':
    'Nothing was deleted and there are backups. Do not record any more; call the IT team.',
  'problem.store-busy.what': 'The data are in use by another program or window.',
  'problem.store-busy.do': 'Nothing was lost. Close the other window and try again.',
  'problem.audit-broken.what': 'The audit trail was changed or is incomplete.',
  'problem.audit-broken.do':
    'Clinical data can still be read. Tell the IT team: under Settings, Audit, they can see what was changed.',
  'problem.not-enrolled.what': 'This PC does not belong to a central registry yet.',
  'problem.not-enrolled.do': 'Nothing was lost. The IT team can enrol it under Settings, Central registry.',
  'problem.already-enrolled.what': 'This PC already belongs to a central registry.',
  'problem.already-enrolled.do': 'Nothing was changed. To join another one, leave the present one first.',
  'problem.registry-address-invalid.what': 'The address of the registry cannot be used.',
  'problem.registry-address-invalid.do':
    'Nothing was changed. Use the whole address that begins with https://, as the registry’s team wrote it.',
  'problem.registry-code-wrong.what': 'The code is not valid: mistyped, used before, or expired.',
  'problem.registry-code-wrong.do':
    'Nothing was changed. Check the code, or ask the registry’s team for a new one.',
  'problem.registry-other.what': 'What answered is not the registry that was expected.',
  'problem.registry-other.do':
    'Nothing was sent. Check the address; if it is right, tell the registry’s team.',
  'problem.registry-unreachable.what': 'The central registry cannot be reached just now.',
  'problem.registry-unreachable.do':
    'Everything is kept on this PC and is sent when there is a network. Go on working.',
  'problem.registry-answer-invalid.what':
    'Something answered in place of the central registry, such as the network’s sign-in page.',
  'problem.registry-answer-invalid.do':
    'Nothing was taken for sent. Sign in to the network in a browser or tell the IT team; sending is tried again.',
  'problem.registry-busy.what': 'The central registry is busy.',
  'problem.registry-busy.do': 'Everything is kept on this PC. Sending is tried again shortly.',
  'problem.registry-clock.what': 'This PC’s clock and the registry’s do not agree.',
  'problem.registry-clock.do':
    'Nothing was lost. The program adjusts by itself; if this stays, ask the IT team to set the clock.',
  'problem.registry-refused.what': 'The central registry does not accept this PC any more.',
  'problem.registry-refused.do':
    'Everything is kept here and nothing more is tried. The IT team has to enrol this PC again.',
  'problem.registry-item-refused.what': 'The central registry did not take a part of what was sent.',
  'problem.registry-item-refused.do':
    'It is still kept on this PC, and the rest is sent. The IT team can see the reason.',
  'problem.registry-account-shadowed.what':
    'An account of the central registry has the name of an account of this PC.',
  'problem.registry-account-shadowed.do':
    'The account of this PC stands. The IT team can rename the one in the registry.',
  'problem.account-of-registry.what': 'This account is kept in the central registry.',
  'problem.account-of-registry.do': 'Nothing was changed. It can be changed in the registry alone.',
  'problem.take-on-registry.what':
    'This recording is not on this PC any more: it is safe in the central registry.',
  'problem.take-on-registry.do': 'Nothing was lost. Listen to it in the registry.',
};
