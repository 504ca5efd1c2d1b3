import { readFile } from 'node:fs/promises';
import { done, refuse, type Outcome } from '../../core/outcome.ts';

/** A whole text file in UTF-8. */
export async function readTextFile(path: string): Promise<Outcome<string>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return refuse(
      code === 'ENOENT' ? `${path} is not there` : `${path} cannot be read (${code ?? 'unknown'})`,
      'Check the path; it is relative to the folder where the command runs.',
    );
  }
  try {
    return done(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse(`${path} is not text in UTF-8`, 'Save it as UTF-8 (in a spreadsheet: "CSV UTF-8").');
  }
}
