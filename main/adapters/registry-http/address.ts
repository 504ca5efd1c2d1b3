import { fail, ok, type Result } from '../../../contract/result.ts';
import type { RegistryAddress } from '../../ports/registry.ts';

export interface ReadAddress {
  readonly url: URL;
  readonly isLoopback: boolean;
}

/**
 * The registry's own address: https, or http where IT allowed it or the registry is on this very PC; no user, query or
 * fragment. A path is kept: a registry may stand behind one.
 */
export function readAddress({ url, allowsPlainHttp }: RegistryAddress): Result<ReadAddress> {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return fail('registry-address-invalid', { reason: 'form' });
  }
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u.test(parsed.hostname);
  const { protocol, username, password, search, hash } = parsed;
  if (protocol !== 'https:' && protocol !== 'http:') {
    return fail('registry-address-invalid', { reason: 'protocol' });
  }
  if (protocol === 'http:' && !isLoopback && !allowsPlainHttp) {
    return fail('registry-address-invalid', { reason: 'plain-http' });
  }
  if (username !== '' || password !== '' || search !== '' || hash !== '') {
    return fail('registry-address-invalid', { reason: 'form' });
  }
  return ok({ url: parsed, isLoopback });
}

/** A path of the registry under its address. */
export function under({ url }: ReadAddress, path: string): string {
  return `${url.origin}${url.pathname.replace(/\/+$/u, '')}${path}`;
}
