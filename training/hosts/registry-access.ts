/** Which registry a command speaks to and as whom: by options, else by the environment of this machine. */
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import process from 'node:process';
import { connectRegistry, type RegistryConnection } from '../adapters/registry-http/connection.ts';
import { done, refuse, type Outcome } from '../core/outcome.ts';

export const registryOptions = {
  registry: { type: 'string' },
  as: { type: 'string' },
  'password-file': { type: 'string' },
} as const;

export const registryHelp = `  --registry URL        the registry (default: SPIRA_TRAINING_REGISTRY; without either there is none)
  --as NAME             who you are; with a registry, your username there (default: SPIRA_TRAINING_USERNAME, else
                        the name of this login)
  --password-file FILE  your password at the registry, in a file that nobody else may read (default:
                        SPIRA_TRAINING_PASSWORD_FILE)
`;

interface Given {
  readonly registry?: string | undefined;
  readonly as?: string | undefined;
  readonly 'password-file'?: string | undefined;
}

const longestPassword = 1000;

/** Undefined where no registry is named. Signs in with the first call. */
export async function openRegistry(
  given: Given,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Outcome<RegistryConnection | undefined>> {
  const url = given.registry ?? named(environment['SPIRA_TRAINING_REGISTRY']);
  if (url === undefined) return done(undefined);
  const username = given.as ?? named(environment['SPIRA_TRAINING_USERNAME']);
  const file = given['password-file'] ?? named(environment['SPIRA_TRAINING_PASSWORD_FILE']);
  if (username === undefined || file === undefined) {
    return refuse(
      `the registry ${url} is named, and not who you are there`,
      'Give --as and --password-file, or SPIRA_TRAINING_USERNAME and SPIRA_TRAINING_PASSWORD_FILE.',
    );
  }
  const password = await readPassword(file);
  return password.ok ? connectRegistry({ url, username, password: password.value }) : password;
}

/** Who does this, as far as the machine knows; a registry asks for proof. */
export function nameOfCaller(given: Given, environment: NodeJS.ProcessEnv = process.env): string {
  return given.as ?? named(environment['SPIRA_TRAINING_USERNAME']) ?? userInfo().username;
}

function named(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

async function readPassword(file: string): Promise<Outcome<string>> {
  try {
    const facts = await stat(file);
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
      return refuse(`others may read the password in ${file}`, 'chmod 600 it, and change it if they did.');
    }
    if (facts.size > longestPassword)
      return refuse(`${file} is too long for a password`, 'Give another file.');
    return done((await readFile(file, 'utf8')).replace(/\r?\n$/u, ''));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    return refuse(`the password in ${file} cannot be read (${code})`, 'Write it to a file of your own.');
  }
}
