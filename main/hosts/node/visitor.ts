/** Speaks to the loopback server as a browser does, or as somebody who pretends to be one: for tests. */
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Undefined where the body is not JSON. */
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  /** Undefined leaves a header out that would otherwise be sent. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Buffer;
}

export interface Visitor {
  readonly origin: string;
  readonly port: number;
  cookie: string | undefined;
  ask(ask: Ask): Promise<Answer>;
  /** A command as our page sends it. */
  invoke(name: string, input: unknown): Promise<Answer>;
  /** The event stream as our page opens it: events until it is closed. */
  listen(): Promise<EventStream>;
}

export interface EventStream {
  readonly status: number;
  next(): Promise<unknown>;
  close(): void;
}

/** Comes in by an address with its code, as a person who opens it does. */
export async function visit(address: string): Promise<Visitor> {
  const visitor = strangerAt(address);
  const { pathname, search } = new URL(address);
  const answer = await visitor.ask({ path: `${pathname}${search}`, headers: { 'Sec-Fetch-Site': 'none' } });
  visitor.cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  return visitor;
}

/** Knows the address and has no cookie. */
export function strangerAt(address: string): Visitor {
  const { host, port, origin } = new URL(address);
  const visitor: Visitor = {
    origin,
    port: Number(port),
    cookie: undefined,
    ask: (ask) => send(Number(port), withDefaults(visitor, host, ask)),
    invoke: (name, input) =>
      visitor.ask({
        method: 'POST',
        path: `/api/${name}`,
        headers: {
          Origin: origin,
          'Sec-Fetch-Site': 'same-origin',
          'Content-Type': 'application/json',
          'X-Spira': '1',
        },
        body: JSON.stringify(input),
      }),
    listen: () => listen(Number(port), withDefaults(visitor, host, { path: '/events' })),
  };
  return visitor;
}

function withDefaults(visitor: Visitor, host: string, ask: Ask): Ask {
  return { ...ask, headers: { Host: host, Cookie: visitor.cookie, ...ask.headers } };
}

function open(port: number, { method = 'GET', path, headers = {} }: Ask) {
  const sent = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ) as Record<string, string | string[]>;
  return request({ host: '127.0.0.1', port, method, path, headers: sent, agent: false });
}

function send(port: number, ask: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = open(port, ask);
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    outgoing.end(ask.body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listen(port: number, ask: Ask): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const outgoing = open(port, ask);
    outgoing.once('error', reject);
    outgoing.once('response', (response) => resolve(readEvents(response, () => outgoing.destroy())));
    outgoing.end();
  });
}

function readEvents(response: IncomingMessage, close: () => void): EventStream {
  const ready: unknown[] = [];
  const waiting: ((event: unknown) => void)[] = [];
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (!block.startsWith('data: ')) continue;
      const event: unknown = JSON.parse(block.slice('data: '.length));
      const taker = waiting.shift();
      if (taker === undefined) ready.push(event);
      else taker(event);
    }
  });
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    next: () =>
      ready.length > 0 ? Promise.resolve(ready.shift()) : new Promise((resolve) => waiting.push(resolve)),
    close,
  };
}
