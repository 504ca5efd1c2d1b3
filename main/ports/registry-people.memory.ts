import type { NamedKey, RegistryId } from '../../contract/registry/ids.ts';
import { fail, ok, type Result } from '../../contract/result.ts';
import type { PersonsCall, RegistryPeople, RegistryPlace, RegistryTokens } from './registry-people.ts';

export type PeopleFault = 'unreachable' | 'cut-after' | 'portal' | 'busy';

export interface MemoryRegistryPeople extends RegistryPeople {
  addPerson(secret: { readonly username: string; readonly password: string }): void;
  /** What the registry's routes answer to a person; set by whoever tests with them. */
  answer(next: (username: string, call: PersonsCall) => Result<unknown>): void;
  /** By path. */
  readonly recordings: Map<string, Uint8Array<ArrayBuffer>>;
  /** Access tokens that were given so far are not taken any more, as after their lifetime. */
  expire(): void;
  setFaults(next: () => PeopleFault | undefined): void;
  /** Refresh tokens that still give others. */
  openTokens(): number;
}

const lifetimeS = 1800;
const mostFailures = 5;

/** A registry's people in memory, with tokens that are used once as the real one's. */
export function memoryRegistryPeople(): MemoryRegistryPeople {
  const passwords = new Map<string, string>();
  const failures = new Map<string, number>();
  const access = new Map<string, string>();
  const refreshing = new Map<
    string,
    { readonly username: string; readonly family: number; isUsed: boolean }
  >();
  let made = 0;
  let faults: () => PeopleFault | undefined = () => undefined;
  let respond: (username: string, call: PersonsCall) => Result<unknown> = () => fail('not-found');

  function issue(username: string, family: number): RegistryTokens {
    made += 1;
    const tokens = {
      accessToken: `access-${String(made)}`,
      refreshToken: `refresh-${String(made)}`,
      lifetimeS,
    };
    access.set(tokens.accessToken, username);
    refreshing.set(tokens.refreshToken, { username, family, isUsed: false });
    return tokens;
  }

  function endFamily(family: number): void {
    for (const [token, entry] of refreshing) if (entry.family === family) refreshing.delete(token);
  }

  /** What the line makes of an answer. */
  async function over<T>(answer: () => Result<T>): Promise<Result<T>> {
    await Promise.resolve();
    switch (faults()) {
      case 'unreachable':
        return fail('registry-unreachable', { reason: 'cut' });
      case 'portal':
        return fail('registry-answer-invalid', { reason: 'signature' });
      case 'busy':
        return fail('registry-busy');
      case 'cut-after':
        answer();
        return fail('registry-unreachable', { reason: 'cut' });
      case undefined:
        return answer();
    }
  }

  return {
    recordings: new Map(),
    addPerson: ({ username, password }) => void passwords.set(username, password),
    answer(next) {
      respond = next;
    },
    expire: () => access.clear(),
    setFaults(next) {
      faults = next;
    },
    openTokens: () => [...refreshing.values()].filter(({ isUsed }) => !isUsed).length,
    signIn: (_place, { username, password }) =>
      over(() => {
        const failed = failures.get(username) ?? 0;
        if (failed >= mostFailures) return fail('locked-out', { seconds: 30 });
        if (passwords.get(username) !== password) {
          failures.set(username, failed + 1);
          return fail('wrong-credentials');
        }
        failures.delete(username);
        return ok(issue(username, made));
      }),
    refresh: (_place, refreshToken) =>
      over(() => {
        const entry = refreshing.get(refreshToken);
        if (entry === undefined) return fail('registry-sign-in-needed');
        if (entry.isUsed) {
          endFamily(entry.family);
          return fail('registry-sign-in-needed');
        }
        entry.isUsed = true;
        return ok(issue(entry.username, entry.family));
      }),
    revoke: (_place, refreshToken) =>
      over(() => {
        const entry = refreshing.get(refreshToken);
        if (entry !== undefined) endFamily(entry.family);
        return ok(null);
      }),
    ask: (_place, accessToken, call) =>
      over(() => {
        const username = access.get(accessToken);
        return username === undefined ? fail('registry-sign-in-needed') : respond(username, call);
      }),
    recording(_place, accessToken, { path, maximumBytes }) {
      return over(() => {
        if (!access.has(accessToken)) return fail('registry-sign-in-needed');
        const bytes = this.recordings.get(path);
        if (bytes === undefined) return fail('not-found');
        return bytes.length > maximumBytes ? fail('too-large') : ok(bytes);
      });
    },
  };
}

/** Where no registry of one's own is needed. */
export const examplePlace: RegistryPlace = {
  url: 'https://registry.example',
  allowsPlainHttp: false,
  registryId: '019d0000-0000-7000-8000-0000000000aa' as RegistryId,
  answerKey: { keyId: '0'.repeat(16), publicKey: 'A'.repeat(43) } as NamedKey,
};
