/** All keys of a simulated world on one ring: signatures that only the holder can make, in a microsecond. */
import { createHash } from 'node:crypto';
import type { NamedKey } from '../../contract/registry/ids.ts';
import type { KeyPair, Signing as StationSigning } from '../../main/ports/signing.ts';
import type { Signing, WorkstationProofs } from '../../registry/ports/signing.ts';

export interface KeyRing {
  /** Another registry of this world, with keys of its own and the same makers of models. */
  makeRegistry(): Signing;
  readonly modelKey: NamedKey;
  signModel(manifestBytes: Uint8Array): string;
  readonly proofs: WorkstationProofs;
  /** Of one workstation: what it signs with is its own. */
  readonly station: StationSigning;
  /** `<claims>.<signature>`, as `proofs` reads it. */
  prove(privateKey: string, claims: object): string;
}

const digest = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest();
};

export function openKeyRing(seed: number): KeyRing {
  const secrets = new Map<string, string>();
  const makeKeyPair = (): KeyPair => {
    const privateKey = digest(`private ${String(seed)} ${String(secrets.size)}`).toString('base64url');
    const publicKey = digest('public', privateKey).toString('base64url');
    secrets.set(publicKey, privateKey);
    return { publicKey, privateKey };
  };
  const sign = (privateKey: string, data: string | Uint8Array): string => {
    const half = digest(privateKey, data);
    return Buffer.concat([half, half]).toString('base64url');
  };
  const verify = (publicKey: string, data: string | Uint8Array, signature: string): boolean => {
    const privateKey = secrets.get(publicKey);
    return privateKey !== undefined && sign(privateKey, data) === signature;
  };
  const named = ({ publicKey }: KeyPair): NamedKey => {
    const publicBytes = Buffer.from(publicKey, 'base64url');
    return { publicKey, keyId: createHash('sha256').update(publicBytes).digest('hex').slice(0, 16) };
  };
  const makers = makeKeyPair();
  const modelKey = named(makers);
  const claimsOf = (content: string): unknown => {
    try {
      return JSON.parse(Buffer.from(content, 'base64url').toString('utf8'));
    } catch {
      return undefined;
    }
  };
  return {
    makeRegistry() {
      const answers = makeKeyPair();
      const signed = (text: string): string => sign(answers.privateKey, text);
      return { answerKey: named(answers), modelKeys: [modelKey], sign: signed, verify };
    },
    modelKey,
    signModel: (manifestBytes) => sign(makers.privateKey, manifestBytes),
    proofs: {
      claimedBy(jws) {
        const claims = claimsOf(jws.split('.')[0] ?? '') as { readonly iss?: string } | undefined;
        return claims?.iss;
      },
      verify(jws, publicKey) {
        const [content = '', signature = ''] = jws.split('.');
        return Promise.resolve(verify(publicKey, content, signature) ? claimsOf(content) : undefined);
      },
    },
    station: { makeKeyPair, sign, verify },
    prove(privateKey, claims) {
      const content = Buffer.from(JSON.stringify(claims)).toString('base64url');
      return `${content}.${sign(privateKey, content)}`;
    },
  };
}
