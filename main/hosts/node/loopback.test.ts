import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands, maximumMessageBytes } from '../../../contract/app-api.ts';
import { securityHeaders } from '../shared/content-security.ts';
import type { Pages } from '../shared/pages.ts';
import { twinWorkstation, type TwinWorkstation } from '../shared/twin-world.ts';
import { startLoopback, type Loopback } from './loopback.ts';
import { strangerAt, visit, type Visitor } from './visitor.ts';

const names = Object.keys(commands);
const pages: Pages = new Map([
  ['/index.html', { bytes: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"1"' }],
  ['/assets/a.js', { bytes: Buffer.from('1'), type: 'text/javascript; charset=utf-8', etag: '"2"' }],
]);
const foreign = { ok: false, problem: { code: 'foreign-origin' } };

let twin: TwinWorkstation;
let loopback: Loopback;
let visitor: Visitor;
let shown: number[];

beforeEach(async () => {
  twin = await twinWorkstation('node');
  shown = [];
  loopback = await startLoopback({
    app: twin.app,
    pages,
    port: 0,
    controlToken: 'the control token',
    clock: twin.clock,
    onPages: (count) => shown.push(count),
  });
  visitor = await visit(loopback.newAddress(60_000));
});
afterEach(() => loopback.close());

function command(name: string, headers: Record<string, string | readonly string[] | undefined> = {}) {
  return visitor.ask({
    method: 'POST',
    path: `/api/${name}`,
    headers: {
      Origin: loopback.origin,
      'Sec-Fetch-Site': 'same-origin',
      'Content-Type': 'application/json',
      'X-Spira': '1',
      ...headers,
    },
    body: '{}',
  });
}

describe('coming in', () => {
  it('changes a code for a cookie of our own host name that no script can read', async () => {
    const stranger = strangerAt(loopback.origin);
    const { pathname, search } = new URL(loopback.newAddress(60_000));
    const answer = await stranger.ask({ path: pathname + search });
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^spira-desk=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/u),
    ]);
    expect(new URL(loopback.origin).hostname).toMatch(/^[0-9a-f]{20}\.localhost$/u);
  });

  it('works once per code', async () => {
    const address = loopback.newAddress(60_000);
    expect((await visit(address)).cookie).toBeDefined();
    expect((await visit(address)).cookie).toBeUndefined();
  });

  it('ends with the time of the code', async () => {
    const address = loopback.newAddress(60_000);
    twin.clock.advance(60_000);
    const late = await visit(address);
    expect(late.cookie).toBeUndefined();
    expect((await late.ask({ path: '/' })).status).toBe(401);
  });

  it.each(['', '?code=', '?code=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '?other=1'])(
    'is not possible by /enter%s',
    async (query) => {
      const answer = await strangerAt(loopback.origin).ask({ path: `/enter${query}` });
      expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
    },
  );

  it('is refused from a link of another site, and the code stays good', async () => {
    const address = loopback.newAddress(60_000);
    const { pathname, search } = new URL(address);
    const answer = await strangerAt(address).ask({
      path: pathname + search,
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    expect((await visit(address)).cookie).toBeDefined();
  });

  it('gives every visit a desk of its own', async () => {
    const created = await visitor.invoke('people.create-first', {
      username: 'ti',
      displayName: 'TI',
      password: 'uma senha longa',
      language: 'pt-BR',
    });
    expect(created.json).toMatchObject({ ok: true });
    const other = await visit(loopback.newAddress(60_000));
    expect((await visitor.invoke('app.state', {})).json).toMatchObject({
      value: { account: { username: 'ti' } },
    });
    expect((await other.invoke('app.state', {})).json).toMatchObject({ value: { account: null } });
  });
});

describe('every command', () => {
  it.each(names)('%s is refused from a foreign origin', async (name) => {
    const answers = await Promise.all([
      command(name, { Origin: 'https://evil.example', 'Sec-Fetch-Site': undefined }),
      command(name, { Origin: undefined, 'Sec-Fetch-Site': undefined }),
      command(name, { Origin: 'null' }),
      command(name, { Origin: `http://127.0.0.1:${loopback.port}` }),
      command(name, { Origin: loopback.origin.replace(/:\d+$/u, '') }),
      command(name, { 'Sec-Fetch-Site': 'cross-site' }),
      command(name, { 'Sec-Fetch-Site': 'same-site' }),
      command(name, { 'Sec-Fetch-Site': 'none' }),
      command(name, { Host: `127.0.0.1:${loopback.port}` }),
      command(name, { Host: `localhost:${loopback.port}` }),
      command(name, { Host: 'evil.example' }),
      command(name, { 'X-Spira': undefined }),
      command(name, { 'X-Spira': '2' }),
    ]);
    for (const answer of answers) expect([answer.status, answer.json]).toEqual([403, foreign]);
  });

  it.each(names)('%s is refused without a cookie, or with a wrong one', async (name) => {
    for (const cookie of [undefined, 'spira-desk=guess', `${visitor.cookie}; spira-desk=planted`]) {
      const answer = await command(name, { Cookie: cookie });
      expect([answer.status, answer.json]).toEqual([401, foreign]);
    }
  });

  it.each(names)('%s answers to POST alone', async (name) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await visitor.ask({
        method,
        path: `/api/${name}`,
        headers: { Origin: loopback.origin },
      });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    }
  });
});

describe('a request', () => {
  it('with two hosts is refused', async () => {
    const socket = connect(loopback.port, '127.0.0.1');
    const host = new URL(loopback.origin).host;
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    const [text] = (await once(socket, 'data')) as [Buffer];
    expect(text.toString()).toMatch(/^HTTP\/1\.1 (400|403) /u);
    socket.destroy();
  });

  it.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', '{}'],
    [undefined, '{}'],
    ['application/json; charset=latin1', '{}'],
    ['application/json', '{'],
    ['application/json', ''],
    ['application/json', Buffer.from([0x22, 0xff, 0x22])],
  ])('of type %s with body %j is malformed', async (type, body) => {
    const answer = await visitor.ask({
      method: 'POST',
      path: '/api/app.state',
      headers: { Origin: loopback.origin, 'Content-Type': type, 'X-Spira': '1' },
      body,
    });
    expect([answer.status, answer.json]).toMatchObject([400, { problem: { code: 'invalid-input' } }]);
  });

  it.each(['app.stat', '__proto__', 'constructor', '', 'app.state/', '../api/app.state'])(
    'for the command %j is unknown',
    async (name) => {
      expect((await command(name)).json).toMatchObject({ ok: false, problem: { code: 'unknown-command' } });
    },
  );

  it('that says it is too large is refused before it is read', async () => {
    const answer = await command('people.sign-in', { 'Content-Length': String(maximumMessageBytes + 1) });
    expect([answer.status, answer.json]).toMatchObject([413, { problem: { code: 'too-large' } }]);
  });

  it('that grows too large without saying so is refused', async () => {
    const answer = await visitor.ask({
      method: 'POST',
      path: '/api/people.sign-in',
      headers: {
        Origin: loopback.origin,
        'Content-Type': 'application/json',
        'X-Spira': '1',
        'Transfer-Encoding': 'chunked',
      },
      body: Buffer.alloc(maximumMessageBytes + 1, 0x20),
    });
    expect([answer.status, answer.json]).toMatchObject([413, { problem: { code: 'too-large' } }]);
  });

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/',
    '/nowhere.js',
    '/control',
  ])('for %s finds nothing', async (path) => {
    expect((await visitor.ask({ path })).status).toBe(404);
  });

  it.each(['http://evil.example/', '//evil.example/', '*'])(
    'for the target %s is no request of ours',
    async (path) => {
      expect((await visitor.ask({ path })).status).toBe(400);
    },
  );
});

describe('every answer', () => {
  it.each([
    ['/', 200],
    ['/assets/a.js', 200],
    ['/nowhere', 404],
    ['/enter?code=wrong', 401],
    ['/api/app.state', 403],
  ])('to GET %s says what a page may do, and allows no other site anything', async (path, status) => {
    const answer = await visitor.ask({ path });
    expect(answer.status).toBe(status);
    for (const [name, value] of Object.entries(securityHeaders)) {
      expect(answer.headers[name.toLowerCase()]).toBe(value);
    }
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('of a command is stored nowhere', async () => {
    expect((await visitor.invoke('app.state', {})).headers['cache-control']).toBe('no-store');
  });

  it('of a page comes again only when it changed', async () => {
    const answer = await visitor.ask({ path: '/assets/a.js', headers: { 'If-None-Match': '"2"' } });
    expect([answer.status, answer.text]).toEqual([304, '']);
  });
});

describe('events', () => {
  it('reach every page that listens', async () => {
    const streams = await Promise.all([visitor.listen(), visitor.listen()]);
    twin.app.computerSlept();
    for (const stream of streams)
      expect(await stream.next()).toEqual({ name: 'computer.slept', payload: {} });
    for (const stream of streams) stream.close();
    expect(shown.slice(0, 2)).toEqual([1, 2]);
  });

  it('are for our page alone', async () => {
    const ask = (headers: Record<string, string | undefined>) => visitor.ask({ path: '/events', headers });
    expect((await ask({ Cookie: undefined })).status).toBe(401);
    expect((await ask({ Origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await ask({ Host: 'evil.example' })).status).toBe(403);
    expect((await visitor.ask({ method: 'POST', path: '/events' })).status).toBe(405);
  });
});

describe('a second start', () => {
  const control = (headers: Record<string, string | undefined>) =>
    strangerAt(loopback.origin).ask({
      method: 'POST',
      path: '/control/address',
      headers: { Host: `127.0.0.1:${loopback.port}`, 'X-Spira-Control': 'the control token', ...headers },
    });

  it('gets a new address for the control token', async () => {
    const answer = await control({});
    expect(answer.json).toEqual({ address: expect.any(String) as string, shownPages: 0 });
    expect((await visit((answer.json as { address: string }).address)).cookie).toBeDefined();
  });

  it.each([
    ['a wrong token', { 'X-Spira-Control': 'guess' }],
    ['no token', { 'X-Spira-Control': undefined }],
    ['a page behind it', { Origin: 'https://evil.example' }],
    ['our own page behind it', { 'Sec-Fetch-Site': 'same-origin' }],
    ['another host', { Host: 'evil.example' }],
  ])('gets nothing with %s', async (_what, headers) => {
    const answer = await control(headers);
    expect([answer.status, answer.json]).toEqual([403, foreign]);
  });
});
