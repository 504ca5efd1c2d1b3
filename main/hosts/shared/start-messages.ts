/** What the person at the PC (or IT) reads when the workstation cannot start: what is wrong and what to do. */
import type { Problem } from '../../../contract/result.ts';

export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

/** By code; everything not named is said in general words with its code. Nothing is ever wiped. */
export function startFailure(problem: Problem, dataFolder: string): StartFailure {
  const kept = 'Nothing was changed or deleted.';
  switch (problem.code) {
    case 'key-missing':
      return {
        exitCode: 10,
        message: `The data in ${dataFolder} is encrypted and its key is not on this PC. ${kept} If the folder was copied from another PC, start once with --recovery-key-file FILE, where FILE holds the printed recovery key. If the key was kept under a passphrase, start with --passphrase-file FILE.`,
      };
    case 'key-wrong':
      return {
        exitCode: 11,
        message: `The key (or passphrase, or recovery key) does not open the data in ${dataFolder}. ${kept} Check that it belongs to this data folder; a printed recovery key opens it with --recovery-key-file FILE.`,
      };
    case 'key-unavailable':
      return {
        exitCode: 12,
        message: `The key of the data in ${dataFolder} cannot be read now${reasonOf(problem)}. ${kept} Make the key's place readable for this user (and for nobody else), unlock the system's secret store, or give the passphrase with --passphrase-file FILE.`,
      };
    case 'store-newer':
      return {
        exitCode: 13,
        message: `The data in ${dataFolder} was written by a newer SPIRA${versionsOf(problem)}. ${kept} Install that version (or a later one) on this PC.`,
      };
    case 'store-damaged':
      return {
        exitCode: 14,
        message: `The database in ${dataFolder} is damaged. ${kept} The last good copies stand in its backups folder: keep the whole folder, and let IT put a backup in the place of the database.`,
      };
    case 'store-busy':
      return {
        exitCode: 15,
        message: `The database in ${dataFolder} is in use by another program. ${kept} End that program (a second SPIRA, a backup or a scanner) and start again.`,
      };
    case 'disk-full':
      return {
        exitCode: 16,
        message: `The disk that holds ${dataFolder} is full. ${kept} Make room and start again.`,
      };
    case 'storage-unavailable':
      return {
        exitCode: 17,
        message: `The folder ${dataFolder} cannot be read or written${reasonOf(problem)}. ${kept} Check that it exists, that this user may write there, and that the drive is connected.`,
      };
    case 'definition-invalid':
      return {
        exitCode: 18,
        message: `A form or protocol of this program cannot be read${reasonOf(problem)}. ${kept} Install the program again, or mend the file that is named.`,
      };
    case 'invalid-input':
      return {
        exitCode: 2,
        message: `What was given cannot be read${reasonOf(problem)}. ${kept} Check the file that is named.`,
      };
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the other codes belong to later moments than the start
    default:
      return {
        exitCode: 1,
        message: `SPIRA could not start: ${problem.code}${reasonOf(problem)}. ${kept}`,
      };
  }
}

function reasonOf({ details }: Problem): string {
  const facts = Object.entries(details ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

function versionsOf(problem: Problem): string {
  return reasonOf(problem);
}
