/** Serves the built pages as `app://spira/…` from memory, with the headers that the Node host sends. */
import { securityHeaders } from '../shared/content-security.ts';
import { pageAt, type Pages } from '../shared/pages.ts';
import { isOwnPage, pageScheme } from './own-pages.ts';

export interface SchemeRegistrar {
  registerSchemesAsPrivileged(
    schemes: {
      scheme: string;
      privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean; codeCache: boolean };
    }[],
  ): void;
}

export interface ProtocolHandlers {
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void;
}

/** Before the app is ready, or not at all: Electron's rule. */
export function registerPageScheme(protocol: SchemeRegistrar): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: pageScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

export function servePages(protocol: ProtocolHandlers, pages: Pages): void {
  protocol.handle(pageScheme, (request) => answer(request, pages));
}

function answer(request: Request, pages: Pages): Response {
  if (!isOwnPage(request.url)) return refusal(403);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405);
  const found = pageAt(pages, new URL(request.url).pathname);
  if (found === undefined) return refusal(404);
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(found.bytes), {
    headers: {
      ...securityHeaders,
      'Content-Type': found.type,
      'Cache-Control': 'no-cache',
      ETag: found.etag,
    },
  });
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: { ...securityHeaders } });
}
