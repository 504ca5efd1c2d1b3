/** What every way to a registry does for a person. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '../../contract/result.ts';
import { createCanceller } from './cancellation.ts';
import type { MemoryRegistryPeople } from './registry-people.memory.ts';
import type { RegistryPeople, RegistryPlace } from './registry-people.ts';

export interface RegistryPeopleUnderTest {
  readonly people: RegistryPeople;
  readonly place: RegistryPlace;
  /** What stands behind it, to be arranged. */
  readonly twin: MemoryRegistryPeople;
  close(): Promise<void>;
}

const secret = { username: 'rosa', password: 'janela telhado chuva' };
const path = '/api/sessions?limit=2';

export function describeRegistryPeople(name: string, make: () => Promise<RegistryPeopleUnderTest>): void {
  describe(`${name} is a registry to which a person`, () => {
    let test: RegistryPeopleUnderTest;
    beforeEach(async () => {
      test = await make();
      test.twin.addPerson(secret);
      test.twin.answer((username, call) => ok({ username, ...call }));
    });
    afterEach(() => test.close());

    const never = createCanceller();
    const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.problem.code);
    const signIn = (password = secret.password) =>
      test.people.signIn(test.place, { ...secret, password }, never);
    async function signedIn() {
      const tokens = await signIn();
      if (!tokens.ok) throw new Error(tokens.problem.code);
      return tokens.value;
    }
    const ask = (token: string) => test.people.ask(test.place, token, { method: 'GET', path }, never);

    it('signs in with a password and asks with the token that it gives', async () => {
      const { accessToken, lifetimeS } = await signedIn();
      expect(lifetimeS).toBe(1800);
      expect(await ask(accessToken)).toEqual(ok({ username: 'rosa', method: 'GET', path }));
      const body = { why: 'ouvido de novo' };
      expect(await test.people.ask(test.place, accessToken, { method: 'POST', path, body }, never)).toEqual(
        ok({ username: 'rosa', method: 'POST', path, body }),
      );
    });

    it('is told that the password is wrong, and after several tries for how long to wait', async () => {
      for (let tries = 0; tries < 5; tries += 1) {
        expect(await signIn('outra coisa')).toMatchObject(fail('wrong-credentials'));
      }
      expect(await signIn()).toMatchObject(fail('locked-out', { seconds: 30 }));
    });

    it('gets new tokens for a refresh token once; the second time ends them all', async () => {
      const first = await signedIn();
      test.twin.expire();
      expect(codeOf(await ask(first.accessToken))).toBe('registry-sign-in-needed');
      const second = await test.people.refresh(test.place, first.refreshToken, never);
      if (!second.ok) throw new Error(second.problem.code);
      expect(codeOf(await ask(second.value.accessToken))).toBe('ok');
      expect(codeOf(await test.people.refresh(test.place, first.refreshToken, never))).toBe(
        'registry-sign-in-needed',
      );
      expect(codeOf(await test.people.refresh(test.place, second.value.refreshToken, never))).toBe(
        'registry-sign-in-needed',
      );
    });

    it('gives its tokens back', async () => {
      const { refreshToken } = await signedIn();
      expect(await test.people.revoke(test.place, refreshToken, never)).toEqual(ok(null));
      expect(codeOf(await test.people.refresh(test.place, refreshToken, never))).toBe(
        'registry-sign-in-needed',
      );
    });

    it.each(['registry-forbidden', 'not-found', 'conflict', 'invalid-input', 'registry-busy'] as const)(
      'is told %s',
      async (code) => {
        const { accessToken } = await signedIn();
        test.twin.answer(() => fail(code));
        expect(codeOf(await ask(accessToken))).toBe(code);
      },
    );

    it('hears a recording whole, and none that is larger than was asked for', async () => {
      const { accessToken } = await signedIn();
      const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index & 0xff);
      test.twin.recordings.set('/api/sessions/a/takes/b/audio', bytes);
      const read = (place: string, maximumBytes: number) =>
        test.people.recording(test.place, accessToken, { path: place, maximumBytes }, never);
      const whole = await read('/api/sessions/a/takes/b/audio', bytes.length);
      expect(whole.ok && Buffer.compare(whole.value, bytes)).toBe(0);
      expect(codeOf(await read('/api/sessions/a/takes/b/audio', bytes.length - 1))).toBe('too-large');
      expect(codeOf(await read('/api/sessions/a/takes/c/audio', bytes.length))).toBe('not-found');
      test.twin.expire();
      expect(codeOf(await read('/api/sessions/a/takes/b/audio', bytes.length))).toBe(
        'registry-sign-in-needed',
      );
    });

    it.each([
      ['unreachable', 'registry-unreachable'],
      ['cut-after', 'registry-unreachable'],
      ['portal', 'registry-answer-invalid'],
      ['busy', 'registry-busy'],
    ] as const)('is told of a line that is %s, by every call', async (fault, code) => {
      const { accessToken, refreshToken } = await signedIn();
      test.twin.setFaults(() => fault);
      const codes = [
        await signIn(),
        await ask(accessToken),
        await test.people.recording(test.place, accessToken, { path, maximumBytes: 10 }, never),
        await test.people.refresh(test.place, refreshToken, never),
        await test.people.revoke(test.place, refreshToken, never),
      ].map(codeOf);
      expect(new Set(codes)).toEqual(new Set([code]));
    });
  });
}
