import { beforeEach, describe, expect, it } from 'vitest';
import { createElectronDouble } from '../../../e2e/electron-double/electron-double.ts';
import { contentSecurityPolicy, securityHeaders } from '../shared/content-security.ts';
import type { Pages } from '../shared/pages.ts';
import { registerPageScheme, servePages } from './protocol.ts';

const pages: Pages = new Map([
  ['/index.html', { bytes: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"1"' }],
  ['/assets/a.wasm', { bytes: Buffer.from('wasm'), type: 'application/wasm', etag: '"2"' }],
]);

describe('app://spira/', () => {
  let double: ReturnType<typeof createElectronDouble>;
  beforeEach(() => {
    double = createElectronDouble({ userData: '/nowhere' });
    registerPageScheme(double.electron.protocol);
    servePages(double.electron.session.defaultSession.protocol, pages);
  });

  it('is a standard and secure scheme that bypasses nothing', () => {
    expect(double.schemes).toEqual([
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
      },
    ]);
  });

  it.each([
    ['app://spira/', '<!doctype html>', 'text/html; charset=utf-8'],
    ['app://spira/index.html?theme=dark#/home', '<!doctype html>', 'text/html; charset=utf-8'],
    ['app://spira/assets/a.wasm', 'wasm', 'application/wasm'],
  ])('serves %s with the security headers', async (address, body, type) => {
    const response = await double.fetch(address);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('content-type')).toBe(type);
    for (const [name, value] of Object.entries(securityHeaders))
      expect(response.headers.get(name)).toBe(value);
  });

  it.each([
    ['app://spira/../../../etc/passwd', 404],
    ['app://spira/%2e%2e/%2e%2e/etc/passwd', 404],
    ['app://spira/assets/..%2f..%2fpackage.json', 404],
    ['app://spira/assets/', 404],
    ['app://spira/assets/..%5c..%5cpackage.json', 404],
    ['app://spira.evil/index.html', 403],
    ['app://evil/index.html', 403],
  ])('answers %s with %d and still says what pages may do', async (address, status) => {
    const response = await double.fetch(address);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses the method %s', async (method) => {
    expect((await double.fetch('app://spira/index.html', { method })).status).toBe(405);
  });

  it('sends no body for HEAD', async () => {
    const response = await double.fetch('app://spira/', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
