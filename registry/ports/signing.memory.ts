/** Signatures that only whoever was given the key can make, without mathematics: for tests, never for strangers. */
import { base64FromBytes, bytesFromBase64 } from '../../contract/base64.ts';
import type { Json } from '../../contract/canonical-json.ts';
import type { NamedKey } from '../../contract/registry/ids.ts';
import { sha256, utf8 } from '../../contract/sha256.ts';
import type { AccessTokens, Signing, WorkstationProofs } from './signing.ts';

export interface MemoryKey {
  readonly named: NamedKey;
  /** Ed25519's place: 86 letters of base64url. */
  sign(data: string | Uint8Array): string;
  /** A workstation's proof with these claims. */
  prove(claims: Json): string;
}

export interface MemoryKeys {
  readonly signing: Signing;
  readonly tokens: AccessTokens;
  readonly proofs: WorkstationProofs;
  /** A further key that these will verify against: of a workstation, or of who signs models. */
  makeKey(): MemoryKey;
}

/** Other keys for another seed. */
export function memoryKeys({
  modelKeys = [],
  seed = 1,
}: { readonly modelKeys?: readonly NamedKey[]; readonly seed?: number } = {}): MemoryKeys {
  const secrets = new Map<string, string>();
  const makeKey = (): MemoryKey => {
    const secret = `key ${String(seed)}.${String(secrets.size + 1)}`;
    const publicBytes = hashBytes(`public ${secret}`);
    const publicKey = base64url(publicBytes);
    secrets.set(publicKey, secret);
    const sign = (data: string | Uint8Array): string => signature(secret, data);
    return {
      named: { publicKey, keyId: sha256(publicBytes).slice(0, 16) },
      sign,
      prove(claims) {
        const content = base64url(utf8(JSON.stringify(claims)));
        return `${content}.${sign(content)}`;
      },
    };
  };
  const verify: Signing['verify'] = (publicKey, data, given) => {
    const secret = secrets.get(publicKey);
    return secret !== undefined && given === signature(secret, data);
  };
  const answerKey = makeKey();
  const tokenKey = makeKey();
  const readJws = (jws: string): { content: string; given: string; claims: unknown } | undefined => {
    const [content = '', given = '', ...rest] = jws.split('.');
    if (rest.length > 0) return undefined;
    const bytes = bytesFromBase64url(content);
    if (bytes === undefined) return undefined;
    try {
      return { content, given, claims: JSON.parse(String.fromCharCode(...bytes)) as unknown };
    } catch {
      return undefined;
    }
  };
  return {
    makeKey,
    signing: {
      answerKey: answerKey.named,
      modelKeys,
      sign: answerKey.sign,
      verify,
    },
    tokens: {
      issue: (subject, nowS, lifetimeS) =>
        Promise.resolve(tokenKey.prove({ sub: subject, iat: nowS, exp: nowS + lifetimeS })),
      read(token, nowS) {
        const read = readJws(token);
        if (read === undefined || !verify(tokenKey.named.publicKey, read.content, read.given)) {
          return Promise.resolve({ refused: 'invalid' });
        }
        const { sub, exp } = read.claims as { sub: string; exp: number };
        return Promise.resolve(exp <= nowS ? { refused: 'expired' } : { subject: sub });
      },
    },
    proofs: {
      claimedBy(jws) {
        const claims = readJws(jws)?.claims;
        const iss = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined;
        return typeof iss === 'string' ? iss : undefined;
      },
      verify(jws, publicKey) {
        const read = readJws(jws);
        const isGenuine = read !== undefined && verify(publicKey, read.content, read.given);
        return Promise.resolve(isGenuine ? read.claims : undefined);
      },
    },
  };
}

function signature(secret: string, data: string | Uint8Array): string {
  const content = sha256(data);
  const bytes = new Uint8Array(64);
  bytes.set(hashBytes(`${secret}:1:${content}`));
  bytes.set(hashBytes(`${secret}:2:${content}`), 32);
  return base64url(bytes);
}

function hashBytes(text: string): Uint8Array {
  return Uint8Array.from(sha256(utf8(text)).match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
}

function base64url(bytes: Uint8Array): string {
  return base64FromBytes(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '');
}

function bytesFromBase64url(text: string): Uint8Array | undefined {
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  return bytesFromBase64(padded.replaceAll('-', '+').replaceAll('_', '/'));
}
