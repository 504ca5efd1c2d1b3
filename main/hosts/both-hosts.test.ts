/** What holds on both hosts alike: the same table, the same refusals, the same policy. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands, type CommandName } from '../../contract/app-api.ts';
import { roles, type Role } from '../../contract/people.ts';
import { ContentsDouble, createElectronDouble } from '../../e2e/electron-double/electron-double.ts';
import { connectPages, invokeChannel } from './electron/ipc.ts';
import { registerPageScheme, servePages } from './electron/protocol.ts';
import { startLoopback } from './node/loopback.ts';
import { visit } from './node/visitor.ts';
import { contentSecurityPolicy, securityHeaders } from './shared/content-security.ts';
import type { Pages } from './shared/pages.ts';
import { twinWorkstation, type TwinWorkstation } from './shared/twin-world.ts';

const names = Object.keys(commands) as CommandName[];
const password = 'uma senha bem longa';
const pages: Pages = new Map([
  ['/index.html', { bytes: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"1"' }],
]);

type Say = (name: string, input: unknown) => Promise<unknown>;
interface Shell {
  readonly twin: TwinWorkstation;
  /** A window or a visit of its own, at which nobody sits yet. */
  newDesk(): Promise<Say>;
  close(): Promise<void>;
}

async function electronShell(): Promise<Shell> {
  const twin = await twinWorkstation('electron');
  const double = createElectronDouble({ userData: '/nowhere' });
  const ipc = connectPages(double.electron, twin.app);
  let nextId = 1;
  return {
    twin,
    newDesk() {
      const contents = new ContentsDouble(nextId++);
      contents.mainFrame.url = 'app://spira/index.html';
      ipc.admit(contents);
      const from = { sender: contents, senderFrame: contents.mainFrame };
      return Promise.resolve((name, input) =>
        double.invoke(invokeChannel, from, name, JSON.stringify(input)),
      );
    },
    close: () => twin.app.close(),
  };
}

async function nodeShell(): Promise<Shell> {
  const twin = await twinWorkstation('node');
  const loopback = await startLoopback({
    app: twin.app,
    pages,
    port: 0,
    controlToken: 'x',
    clock: twin.clock,
  });
  return {
    twin,
    async newDesk() {
      const visitor = await visit(loopback.newAddress(60_000));
      return async (name, input) => (await visitor.invoke(name, input)).json;
    },
    async close() {
      await loopback.close();
      await twin.app.close();
    },
  };
}

function isAllowedTo(name: CommandName, role: Role): boolean {
  const { allowed } = commands[name];
  return typeof allowed === 'string' || (allowed as readonly Role[]).includes(role);
}

const needSignIn = names.filter((name) => commands[name].allowed !== 'anyone');
const needRole = roles.flatMap((role) =>
  names.filter((name) => !isAllowedTo(name, role)).map((name) => [name, role] as const),
);

describe.each([
  ['Electron', electronShell],
  ['Node', nodeShell],
])('on the %s host', (_host, openShell) => {
  let shell: Shell;
  const desks = new Map<Role, Say>();

  beforeEach(async () => {
    shell = await openShell();
    const first = await shell.newDesk();
    const accounts = { username: 'ti', displayName: 'TI', password, language: 'pt-BR' };
    expect(await first('people.create-first', accounts)).toMatchObject({ ok: true });
    desks.set('it', first);
  });
  afterEach(() => shell.close());

  /** Somebody who has this one role sits at a desk of their own. */
  async function deskOf(role: Role): Promise<Say> {
    if (role === 'it') return desks.get('it')!;
    const account = { username: `only.${role}`, displayName: role, roles: [role], language: 'en', password };
    expect(await desks.get('it')!('people.create', account)).toMatchObject({ ok: true });
    const say = await shell.newDesk();
    expect(await say('people.sign-in', { username: account.username, password })).toMatchObject({ ok: true });
    return say;
  }

  it.each(needSignIn)('%s is refused without a sign-in', async (name) => {
    const say = await shell.newDesk();
    expect(await say(name, {})).toMatchObject({ ok: false, problem: { code: 'not-signed-in' } });
  });

  it.each(needRole)('%s is refused to somebody who is only %s', async (name, role) => {
    const say = await deskOf(role);
    expect(await say(name, {})).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
  });

  it.each(names)('%s is refused with malformed input', async (name) => {
    const role = roles.find((candidate) => isAllowedTo(name, candidate))!;
    const say = await deskOf(role);
    for (const input of [null, 7, 'text', [], { unheardOf: true }, { ...deep(40) }]) {
      expect(await say(name, input)).toMatchObject({ ok: false, problem: { code: 'invalid-input' } });
    }
  });

  it('nothing but what must go on passes while the screen is locked', async () => {
    const say = await deskOf('clinician');
    expect(await say('people.lock', {})).toMatchObject({ ok: true });
    const refused = names.filter(
      (name) => !('whileLocked' in commands[name]) && isAllowedTo(name, 'clinician'),
    );
    for (const name of refused.filter((candidate) => commands[candidate].allowed !== 'anyone')) {
      expect([name, await say(name, {})]).toMatchObject([name, { ok: false, problem: { code: 'locked' } }]);
    }
  });

  it('a problem never carries its cause', async () => {
    const say = await shell.newDesk();
    expect(await say('people.sign-in', { username: 'ti', password: 'wrong' })).toEqual({
      ok: false,
      problem: { code: 'wrong-credentials' },
    });
  });
});

function deep(levels: number): Record<string, unknown> {
  return levels === 0 ? {} : { nested: deep(levels - 1) };
}

it('both hosts send the same policy with every page', async () => {
  const double = createElectronDouble({ userData: '/nowhere' });
  registerPageScheme(double.electron.protocol);
  servePages(double.electron.session.defaultSession.protocol, pages);
  const underElectron = (await double.fetch('app://spira/')).headers;
  const twin = await twinWorkstation('node');
  const loopback = await startLoopback({
    app: twin.app,
    pages,
    port: 0,
    controlToken: 'x',
    clock: twin.clock,
  });
  const visitor = await visit(loopback.newAddress(60_000));
  const underNode = (await visitor.ask({ path: '/' })).headers;
  await loopback.close();
  for (const name of Object.keys(securityHeaders).map((header) => header.toLowerCase())) {
    expect([name, underNode[name]]).toEqual([name, underElectron.get(name)]);
  }
  expect(underNode['content-security-policy']).toBe(contentSecurityPolicy);
});

it('the policy lets nothing in but our own files', () => {
  expect(contentSecurityPolicy).toContain("default-src 'none'");
  expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|https?:|data:(?!.*blob)/u);
});
