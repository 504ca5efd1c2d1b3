import { readFileSync } from 'node:fs';
import { fail, ok, type Result } from '../../../contract/result.ts';

/** Secrets come from files (or standard input), never from arguments: those show in the process list. */
export function readFirstLine(path: string): Result<string> {
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8');
    const line = text.replace(/^\uFEFF/u, '').split(/\r?\n/u)[0] ?? '';
    return line.trim() === ''
      ? fail('invalid-input', { file: path, reason: 'its first line is empty' })
      : ok(line);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    return fail('invalid-input', { file: path, reason }, cause);
  }
}
