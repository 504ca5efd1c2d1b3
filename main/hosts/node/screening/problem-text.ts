/** One sentence per problem for whoever reads the output of the command: what is wrong with which thing, and the way out. */
import type { Problem, ProblemCode } from '../../../../contract/result.ts';

const texts: Partial<Record<ProblemCode, string>> = {
  'audio-file-missing': 'There is no recording here that can be read: check the path and its rights.',
  'audio-empty': 'The file holds no sound at all: record or export it again.',
  'audio-not-recognised': 'The file is not audio of a kind that is read here (WAV, FLAC, MP3, Ogg Vorbis).',
  'audio-unsupported': 'The audio is coded in a way that is not read here: export it as 16-bit WAV.',
  'audio-truncated': 'The file ends before its audio does: copy or export it again, whole.',
  'audio-damaged': 'The file is damaged: copy or export it again.',
  'audio-header-missing': 'The file does not say how its audio is coded: export it again.',
  'audio-rate-unsupported':
    'The sample rate is outside of what is read here (8 to 192 kHz): export it at another rate.',
  'audio-not-finite': 'The audio holds values that are no numbers: export it again.',
  'audio-too-long': 'The recording is longer than is screened: cut it to the part that is needed.',
  'audio-too-short': 'The recording is shorter than the model needs: record it again.',
  'too-large': 'The file is larger than is read here: cut it to the part that is needed.',
  conflict: 'Two files stand for the same recording: keep one of them.',
  'model-not-found': 'No such model is installed.',
  'model-invalid': 'The model folder does not follow the model contract.',
  'model-damaged': 'A file of the model is missing or damaged: install the model again.',
  'model-hash-mismatch': 'The model is another one than the one that was used, or a file of it was changed.',
  'model-golden-mismatch': 'The model does not give its own reference scores on this PC and is not used.',
  'model-asks-for-label': 'The model asks for the outcome as an input and is never run.',
  'model-needs-recording':
    'The model asks for a recording that the session does not have: name the file by its key, or give --recording KEY=FILE.',
  'model-needs-field':
    'The model asks for an answer that is missing: give it in answers.json or with --answers.',
  'engine-load-failed': 'The model could not be loaded.',
  'engine-hash-mismatch': 'The file of the model was changed after it was installed: install it again.',
  'engine-provider-unavailable': 'No way to run the model works on this PC.',
  'engine-run-failed': 'The model failed on this input.',
  'engine-output-invalid': 'The model gave something that is no score.',
  'engine-crashed': 'The engine crashed twice on this input.',
  'engine-timed-out': 'The engine did not answer in time, twice.',
  'definition-invalid': 'A form or a protocol cannot be read.',
  'not-found': 'There is no such thing here.',
  'session-not-found': 'There is no such session in this store.',
  'take-damaged': 'A stored recording was changed since it was screened.',
  'take-not-found': 'A recording of the session is not in the store.',
  'form-invalid-answer': 'An answer does not fit its form.',
  internal: 'An error of this program: its place stands on stderr.',
  'invalid-input': 'What was given cannot be read.',
};

export interface ShownProblem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export function shownProblem({ code, details = {} }: Problem): ShownProblem {
  const facts = Object.entries(details).map(([name, value]) => `${name}: ${String(value)}`);
  const text = texts[code] ?? `It failed: ${code}.`;
  return { code, message: facts.length === 0 ? text : `${text} (${facts.join(', ')})`, details };
}
