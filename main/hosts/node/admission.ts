/**
 * Who may speak to the loopback server. An address carries a code that works once and not for long (a browser's
 * command line shows in the process list); it is changed for a cookie that only our own host name gets. Host,
 * Origin and Sec-Fetch-Site are compared with the one value that our own page sends.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HostedDesk } from '../shared/hosted-app.ts';

export const cookieName = 'spira-desk';

export interface Visit {
  readonly desk: HostedDesk;
  /** Event streams that are open: one per page that is shown. */
  streams: number;
  /** Until then a stream that ends is the former page's, of one that was loaded anew. */
  overlapEndsAtMs: number;
}

export interface AdmissionOptions {
  readonly openDesk: () => HostedDesk;
  /** Milliseconds that only grow. */
  readonly nowMs: () => number;
  /** Visits kept at most; the longest without a page makes room. */
  readonly maximumVisits: number;
}

export interface Admission {
  newCode(validForMs: number): string;
  /** The cookie's value for a code that is good; the code is gone afterwards. */
  redeem(code: string): string | undefined;
  visitOf(request: IncomingMessage): Visit | undefined;
  /** Everybody leaves. */
  end(): Promise<void>;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const codes = new Map<string, number>();
  const visits = new Map<string, Visit>();

  return {
    newCode(validForMs) {
      const code = randomBytes(24).toString('base64url');
      codes.set(digest(code), options.nowMs() + validForMs);
      return code;
    },
    redeem(code) {
      const key = digest(code);
      const endsAtMs = codes.get(key);
      codes.delete(key);
      for (const [other, otherEndsAtMs] of codes) {
        if (otherEndsAtMs <= options.nowMs()) codes.delete(other);
      }
      if (endsAtMs === undefined || endsAtMs <= options.nowMs()) return undefined;
      makeRoom();
      const cookie = randomBytes(32).toString('base64url');
      visits.set(digest(cookie), {
        desk: options.openDesk(),
        streams: 0,
        overlapEndsAtMs: Number.NEGATIVE_INFINITY,
      });
      return cookie;
    },
    visitOf(request) {
      const cookie = cookieOf(request);
      return cookie === undefined ? undefined : visits.get(digest(cookie));
    },
    async end() {
      const leaving = [...visits.values()].map((visit) => visit.desk.leave());
      codes.clear();
      visits.clear();
      await Promise.all(leaving);
    },
  };

  function makeRoom(): void {
    for (const [key, visit] of visits) {
      if (visits.size < options.maximumVisits) return;
      if (visit.streams > 0) continue;
      void visit.desk.leave();
      visits.delete(key);
    }
  }
}

/** Secrets are looked up by their hash: how long a look-up takes says nothing about them. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function cookieOf(request: IncomingMessage): string | undefined {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${cookieName}=`))
    .map((part) => part.slice(cookieName.length + 1));
  // Two cookies of one name: somebody planted one. Neither is believed.
  return values.length === 1 ? values[0] : undefined;
}

export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(digest(given)), Buffer.from(digest(expected)));
}

export interface OwnAddress {
  /** `name.localhost:port`, as our own page sends it. */
  readonly host: string;
  readonly origin: string;
}

export type RequestKind = 'page' | 'file' | 'events' | 'command';

/**
 * Whether a request can only come from our own page (or, for the page itself, from the person opening it). Every
 * header that says where it comes from must say so; a command must bring an Origin.
 */
export function isOwnRequest(request: IncomingMessage, kind: RequestKind, own: OwnAddress): boolean {
  const { headers, headersDistinct } = request;
  if ((headersDistinct['host']?.length ?? 0) !== 1 || headers.host !== own.host) return false;
  const origins = headersDistinct['origin'] ?? [];
  if (origins.some((origin) => origin !== own.origin)) return false;
  if (kind === 'command' && origins.length !== 1) return false;
  const sites = headersDistinct['sec-fetch-site'] ?? [];
  return sites.every((site) => site === 'same-origin' || (kind === 'page' && site === 'none'));
}
