import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFaultProxy, type FaultProxy } from './fault-proxy.ts';

let echo: Server;
let port: number;
let proxy: FaultProxy | undefined;
const open = new Set<Socket>();

beforeEach(async () => {
  echo = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  port = (echo.address() as AddressInfo).port;
});
afterEach(async () => {
  await proxy?.close();
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});

async function exchange(through: number, sent: Buffer): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port: through });
  const parts: Buffer[] = [];
  socket.on('data', (data: Buffer) => parts.push(data));
  socket.end(sent);
  await once(socket, 'close');
  return Buffer.concat(parts);
}

it('carries bytes unchanged and counts them', async () => {
  proxy = await openFaultProxy({ port });
  const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
  expect((await exchange(proxy.port, sent)).equals(sent)).toBe(true);
  expect(proxy.bytes).toEqual({ up: sent.length, down: sent.length });
});

it('cuts a connection in the middle', async () => {
  proxy = await openFaultProxy({ port }, { bitsPerSecond: 80_000, meanMsBetweenCuts: 50, seed: 3 });
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.write(Buffer.alloc(1_000_000));
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  expect(proxy.cuts).toBe(1);
  expect(proxy.bytes.up).toBeLessThan(1_000_000);
});

it('is a captive portal, or down, when told', async () => {
  proxy = await openFaultProxy({ port });
  proxy.setMode('portal');
  const answer = await exchange(proxy.port, Buffer.from('POST /sync/v1/items HTTP/1.1\r\n\r\n'));
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]+guest network/u);
  proxy.setMode('down');
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});
