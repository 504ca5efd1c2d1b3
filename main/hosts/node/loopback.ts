/**
 * The workstation for a browser on this PC: the built pages, commands as JSON posts, events as a stream. Bound to
 * 127.0.0.1 and deaf to everybody but the page that it served itself. It decides nothing: it checks the sender and
 * passes on.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isCommandName, maximumMessageBytes } from '../../../contract/app-api.ts';
import { fail, type ProblemCode, type Result } from '../../../contract/result.ts';
import type { Clock } from '../../ports/clock.ts';
import { securityHeaders } from '../shared/content-security.ts';
import type { HostedApp } from '../shared/hosted-app.ts';
import { pageAt, type Pages } from '../shared/pages.ts';
import { wireResult } from '../shared/wire-result.ts';
import {
  cookieName,
  createAdmission,
  isOwnRequest,
  isSameSecret,
  type OwnAddress,
  type RequestKind,
  type Visit,
} from './admission.ts';
import { readJson } from './read-json.ts';

export interface LoopbackOptions {
  readonly app: Pick<HostedApp, 'openDesk' | 'subscribe'>;
  readonly pages: Pages;
  /** 0: any free port. */
  readonly port: number;
  /** Whoever shows this may ask for a new address: a second start that found this one running. */
  readonly controlToken: string;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Called when the number of pages that are shown changes. */
  readonly onPages?: (shown: number) => void;
  /** A bug of ours, with what was asked. */
  readonly onFault?: (command: string, cause: unknown) => void;
}

export interface Loopback {
  readonly port: number;
  readonly origin: string;
  /** An address that opens the workstation once, within this time. */
  newAddress(validForMs: number): string;
  shownPages(): number;
  close(): Promise<void>;
}

const keepAliveCommentMs = 15_000;
const maximumWaitingBytes = 1024 * 1024;
const maximumVisits = 16;
const controlAddressValidForMs = 60_000;
/** A page that is loaded anew may open its stream before the former page's has ended. */
const overlapMs = 3_000;
/** A page that lost its stream and does not come back by then is gone. */
const goneAfterMs = 60_000;

export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const admission = createAdmission({
    openDesk: () => options.app.openDesk(),
    nowMs: () => options.clock.monotonicMs(),
    maximumVisits,
  });
  const streams = new Set<() => void>();
  const goneTimers = new Set<{ cancel(): void }>();
  let isClosing = false;
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    connectionsCheckingInterval: 5_000,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = 128;
  server.maxHeadersCount = 64;
  const port = await listen(server, options.port);
  // A name of our own: cookies of `localhost` are shared by every port of this PC, this one by none.
  const host = `${randomBytes(10).toString('hex')}.localhost:${port}`;
  const own: OwnAddress = { host, origin: `http://${host}` };

  const newAddress = (validForMs: number): string =>
    `${own.origin}/enter?code=${admission.newCode(validForMs)}`;

  server.on('request', (request, response) => {
    response.on('error', () => undefined);
    void answer(request, response).catch((cause: unknown) => {
      options.onFault?.('request', cause);
      if (response.headersSent) response.destroy();
      else sendResult(response, 500, fail('internal'));
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  return {
    port,
    origin: own.origin,
    newAddress,
    shownPages: () => streams.size,
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        for (const end of [...streams]) end();
        for (const timer of goneTimers) timer.cancel();
        server.close(() => resolve(admission.end()));
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    const target = request.url ?? '';
    if (!target.startsWith('/') || target.startsWith('//'))
      return refuse(request, response, 400, 'invalid-input');
    const [path = '/', query = ''] = target.split('?', 2);

    if (path === '/control/address') return control(request, response);
    const kind = kindOf(path);
    const allowed = kind === 'command' ? ['POST'] : kind === 'events' ? ['GET'] : ['GET', 'HEAD'];
    if (!isOwnRequest(request, kind, own)) return refuse(request, response, 403, 'foreign-origin');
    if (!allowed.includes(request.method ?? '')) {
      response.setHeader('Allow', allowed.join(', '));
      return refuse(request, response, 405, 'invalid-input');
    }
    if (path === '/enter') return enter(response, query);
    const visit = admission.visitOf(request);
    if (visit === undefined) {
      return kind === 'page' ? sendClosedDoor(response) : refuse(request, response, 401, 'foreign-origin');
    }
    switch (kind) {
      case 'command':
        return command(request, response, visit, path.slice('/api/'.length));
      case 'events':
        return events(request, response, visit);
      case 'page':
      case 'file':
        return file(request, response, path);
    }
  }

  function enter(response: ServerResponse, query: string): void {
    const cookie = admission.redeem(new URLSearchParams(query).get('code') ?? '');
    if (cookie === undefined) return sendClosedDoor(response);
    response.setHeader('Set-Cookie', `${cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/`);
    response.setHeader('Location', '/');
    response.writeHead(303).end();
  }

  /** A second start on this PC, which can read our token because it runs as the same user. */
  function control(request: IncomingMessage, response: ServerResponse): void {
    const token = request.headers['x-spira-control'];
    const isOurs =
      request.method === 'POST' &&
      request.headers.host === `127.0.0.1:${port}` &&
      request.headers.origin === undefined &&
      request.headers['sec-fetch-site'] === undefined &&
      typeof token === 'string' &&
      isSameSecret(token, options.controlToken);
    if (!isOurs) return refuse(request, response, 403, 'foreign-origin');
    sendJson(response, 200, { address: newAddress(controlAddressValidForMs), shownPages: streams.size });
  }

  async function command(
    request: IncomingMessage,
    response: ServerResponse,
    visit: Visit,
    name: string,
  ): Promise<void> {
    if (request.headers['x-spira'] !== '1') return refuse(request, response, 403, 'foreign-origin');
    if (!isCommandName(name)) return refuse(request, response, 404, 'unknown-command');
    const body = await readJson(request, maximumMessageBytes);
    if (!body.ok) {
      return refuse(request, response, body.problem.code === 'too-large' ? 413 : 400, body.problem.code);
    }
    sendResult(response, 200, await visit.desk.invoke(name, body.value));
  }

  /**
   * The stream names its place by an id, which a browser sends back when it connects again by itself: a stream that
   * comes without one is a page that was loaded anew.
   */
  async function events(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const isNewPage = request.headers['last-event-id'] === undefined;
    if (isNewPage && visit.streams > 0) visit.overlapEndsAtMs = options.clock.monotonicMs() + overlapMs;
    if (isNewPage && visit.streams === 0) await visit.desk.pageChanged();
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.writeHead(200);
    response.write('retry: 500\nid: 1\n\n');
    const stopListening = options.app.subscribe((event) => {
      response.write(`data: ${JSON.stringify(event)}\n\n`);
      // A page that no longer reads would fill our memory; it comes back by itself when it wakes.
      if (response.writableLength > maximumWaitingBytes) response.destroy();
    });
    const timer = setInterval(() => response.write(': here\n\n'), keepAliveCommentMs);
    timer.unref();
    const end = (): void => {
      if (!streams.delete(end)) return;
      clearInterval(timer);
      stopListening();
      response.destroy();
      visit.streams -= 1;
      afterPage(visit);
      options.onPages?.(streams.size);
    };
    streams.add(end);
    visit.streams += 1;
    response.once('close', end);
    options.onPages?.(streams.size);
  }

  function afterPage(visit: Visit): void {
    if (isClosing) return;
    if (options.clock.monotonicMs() < visit.overlapEndsAtMs) void visit.desk.pageChanged();
    if (visit.streams > 0) return;
    const timer = options.clock.after(goneAfterMs, () => {
      goneTimers.delete(timer);
      if (visit.streams === 0) void visit.desk.pageChanged();
    });
    goneTimers.add(timer);
  }

  function file(request: IncomingMessage, response: ServerResponse, path: string): void {
    const found = pageAt(options.pages, path);
    if (found === undefined) return refuse(request, response, 404, 'not-found');
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('ETag', found.etag);
    if (request.headers['if-none-match'] === found.etag) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader('Content-Type', found.type);
    response.setHeader('Content-Length', found.bytes.byteLength);
    response.writeHead(200);
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }
}

function kindOf(path: string): RequestKind {
  if (path.startsWith('/api/')) return 'command';
  if (path === '/events') return 'events';
  return path === '/' || path === '/index.html' || path === '/enter' ? 'page' : 'file';
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Says no in the words of the contract, and does not read what was sent. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: ProblemCode): void {
  if (!request.complete) response.setHeader('Connection', 'close');
  sendResult(response, status, fail(code));
}

function sendResult(response: ServerResponse, status: number, result: Result<unknown>): void {
  sendJson(response, status, wireResult(result));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value));
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.byteLength);
  response.writeHead(status).end(bytes);
}

const closedDoor = Buffer.from(`<!doctype html>
<html lang="pt-BR"><head><meta charset="utf-8"><title>SPIRA</title></head><body>
<p lang="pt-BR">Este endereço não vale mais: cada um abre uma vez e por pouco tempo. Inicie o SPIRA de novo para receber outro.</p>
<p lang="en">This address is no longer valid: each one opens once and not for long. Start SPIRA again to get another.</p>
<p lang="es">Esta dirección ya no es válida: cada una abre una vez y por poco tiempo. Inicie SPIRA de nuevo para recibir otra.</p>
</body></html>
`);

function sendClosedDoor(response: ServerResponse): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Content-Length', closedDoor.byteLength);
  response.writeHead(401).end(closedDoor);
}
