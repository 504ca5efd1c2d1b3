/**
 * A bad line, for tests and benchmarks: a TCP proxy in this process that limits the rate, adds delay, cuts connections
 * and answers as a captive portal. Every connection shares one line, as on a ward.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LineFaults {
  /** Bits per second of the whole line, each way; absent: unlimited. */
  readonly bitsPerSecond?: number;
  /** One way is half of it. */
  readonly roundTripMs?: number;
  /** Mean time between cuts of a connection (exponential); absent: never cut. */
  readonly meanMsBetweenCuts?: number;
  /** Seeds the moments of the cuts. */
  readonly seed?: number;
}

export interface FaultProxy {
  readonly port: number;
  /** What has gone through since the start, by direction, payload bytes of TCP. */
  readonly bytes: { readonly up: number; readonly down: number };
  readonly cuts: number;
  /** Resolves when this many bytes more have gone up, or when the signal says that nobody waits any longer. */
  passUp(count: number, signal: AbortSignal): Promise<void>;
  /** Cuts every connection now. */
  cutAll(): void;
  /** `down`: nothing can connect; `portal`: every request gets a friendly page with status 200; `up`: as it should be. */
  setMode(mode: 'up' | 'down' | 'portal'): void;
  close(): Promise<void>;
}

const portalPage = '<html><body>Welcome to the guest network. Please accept the terms.</body></html>';
const portalAnswer =
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n' +
  `Content-Length: ${String(portalPage.length)}\r\n\r\n${portalPage}`;

/** Opens the proxy on a free loopback port, before the given one. */
export async function openFaultProxy(
  target: { readonly host?: string; readonly port: number },
  faults: LineFaults = {},
): Promise<FaultProxy> {
  const random = mulberry32(faults.seed ?? 1);
  const sockets = new Set<Socket>();
  const bytes = { up: 0, down: 0 };
  const lines = { up: new Line(faults), down: new Line(faults) };
  let mode: 'up' | 'down' | 'portal' = 'up';
  let cuts = 0;
  const watchers = new Set<() => void>();

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    track(client);
    if (mode === 'down') {
      client.resetAndDestroy();
      return;
    }
    if (mode === 'portal') {
      client.once('data', () => client.end(portalAnswer));
      return;
    }
    const upstream = connect({ host: target.host ?? '127.0.0.1', port: target.port, noDelay: true });
    track(upstream);
    const end = (): void => {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    client.on('error', end);
    upstream.on('error', end);
    carry(client, upstream, 'up');
    carry(upstream, client, 'down');
    if (faults.meanMsBetweenCuts !== undefined) {
      const timer = setTimeout(
        () => {
          cuts += 1;
          end();
        },
        -Math.log(1 - random()) * faults.meanMsBetweenCuts,
      );
      client.once('close', () => clearTimeout(timer));
    }
  });

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  }

  /** Reads no further ahead than the line takes, so that the sender feels it. */
  function carry(from: Socket, to: Socket, direction: 'up' | 'down'): void {
    const line = lines[direction];
    let waiting = 0;
    from.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; at += segmentBytes) {
        const piece = data.subarray(at, at + segmentBytes);
        waiting += 1;
        if (waiting > 16) from.pause();
        line.send(piece.length, () => {
          waiting -= 1;
          if (waiting <= 8) from.resume();
          if (to.destroyed) return;
          bytes[direction] += piece.length;
          for (const look of watchers) look();
          to.write(piece);
        });
      }
    });
    from.once('end', () => line.send(0, () => to.end()));
    from.once('close', () => {
      if (!to.destroyed && !to.writableEnded) line.send(0, () => to.destroy());
    });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    get cuts() {
      return cuts;
    },
    passUp(count, signal) {
      const goal = bytes.up + count;
      return new Promise((resolve) => {
        const look = (): void => {
          if (bytes.up < goal && !signal.aborted) return;
          watchers.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        watchers.add(look);
        signal.addEventListener('abort', look);
        look();
      });
    },
    cutAll() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    setMode(next) {
      mode = next;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const segmentBytes = 1460;

/** One direction of the line: pieces leave one after the other at its rate and arrive half a round trip later. */
class Line {
  readonly #msPerByte: number;
  readonly #delayMs: number;
  readonly #queue: { readonly dueMs: number; readonly arrive: () => void }[] = [];
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ bitsPerSecond, roundTripMs = 0 }: LineFaults) {
    this.#msPerByte = bitsPerSecond === undefined ? 0 : 8000 / bitsPerSecond;
    this.#delayMs = roundTripMs / 2;
  }

  send(sizeBytes: number, arrive: () => void): void {
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + sizeBytes * this.#msPerByte;
    this.#queue.push({ dueMs: this.#freeAtMs + this.#delayMs, arrive });
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    const first = this.#queue[0];
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, first.dueMs - performance.now()));
  }

  #deliver(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (
      let first = this.#queue[0];
      first !== undefined && first.dueMs <= nowMs + 0.5;
      first = this.#queue[0]
    ) {
      this.#queue.shift();
      first.arrive();
    }
    this.#arm();
  }
}

/** Small seeded generator of numbers in [0, 1). Source: T. Ettinger, mulberry32 (public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
