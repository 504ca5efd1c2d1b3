/** What the person at the PC (or IT) reads when the workstation cannot start: what is wrong and what to do. */
import type { Problem, ProblemCode } from '../../../contract/result.ts';

export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

interface StartText {
  readonly exitCode: number;
  /** What is wrong. `{folder}` and `{facts}` are filled in. */
  readonly what: string;
  /** What to do. */
  readonly next: string;
}

const texts: Partial<Record<ProblemCode, StartText>> = {
  'key-missing': {
    exitCode: 10,
    what: 'The data in {folder} is encrypted and its key is not on this PC{facts}.',
    next: 'If the folder was copied from another PC, start once with --recovery-key-file FILE, where FILE holds the printed recovery key. If the key was kept under a passphrase, start with --passphrase-file FILE.',
  },
  'key-wrong': {
    exitCode: 11,
    what: 'The key (or the passphrase, or the recovery key) does not open the data in {folder}{facts}.',
    next: 'Check that it belongs to this data folder and was typed in full; a printed recovery key opens the data with --recovery-key-file FILE.',
  },
  'key-unavailable': {
    exitCode: 12,
    what: 'The key of the data in {folder} cannot be had now{facts}.',
    next: "Make the place of the key readable for this user and for nobody else, unlock or set up the system's secret store, or give a passphrase with --passphrase-file FILE.",
  },
  'store-newer': {
    exitCode: 13,
    what: 'The data in {folder} was written by a newer SPIRA{facts}.',
    next: 'Install that version, or a later one, on this PC.',
  },
  'store-damaged': {
    exitCode: 14,
    what: 'The database in {folder} is damaged{facts}.',
    next: 'Keep a copy of the whole folder, then let IT put the newest copy from its backups folder in the place of the database.',
  },
  'store-busy': {
    exitCode: 15,
    what: 'The database in {folder} is in use by another program{facts}.',
    next: 'End that program (a second SPIRA, a backup, a virus scan) and start again.',
  },
  'disk-full': {
    exitCode: 16,
    what: 'The disk that holds {folder} is full{facts}.',
    next: 'Make room and start again.',
  },
  'storage-unavailable': {
    exitCode: 17,
    what: 'The folder {folder} cannot be read or written{facts}.',
    next: 'Check that the drive is connected and that this user may write there, or choose another folder with --data FOLDER.',
  },
  conflict: {
    exitCode: 19,
    what: 'Another key is kept for the data in {folder} already, and is not overwritten{facts}.',
    next: 'Move the key file of that folder aside, or name another place with --key-file FILE, and start again.',
  },
  'definition-invalid': {
    exitCode: 18,
    what: 'A form or a protocol of this program cannot be read{facts}.',
    next: 'Install the program again, or mend the file that is named.',
  },
  'invalid-input': {
    exitCode: 2,
    what: 'What was given cannot be read{facts}.',
    next: 'Check the file that is named.',
  },
};

const otherwise = { exitCode: 1, next: 'Start again; if it stays so, show this line to IT.' };

export function startFailure(problem: Problem, dataFolder: string): StartFailure {
  const text = texts[problem.code] ?? {
    ...otherwise,
    what: `SPIRA could not start: ${problem.code}{facts}.`,
  };
  const what = text.what.replace('{folder}', () => dataFolder).replace('{facts}', () => factsOf(problem));
  return { message: `${what} Nothing was changed or deleted. ${text.next}`, exitCode: text.exitCode };
}

function factsOf({ details }: Problem): string {
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}
