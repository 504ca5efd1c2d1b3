import { createHash, randomUUID } from 'node:crypto';
import type { ProofClaims } from '../../../contract/registry/sync.ts';
import type { RegistryPeers } from '../../ports/registry.ts';
import type { Signing } from '../../ports/signing.ts';

export interface CallToProve {
  readonly requestId: string;
  readonly method: string;
  /** With query, as the registry sees it. */
  readonly path: string;
  /** Undefined for what goes out piece by piece. */
  readonly body: Uint8Array | undefined;
}

export function newRequestId(): string {
  return randomUUID();
}

/** A compact JWS (RFC 7515) by EdDSA (RFC 8037): says who calls what, now, and with which body. */
export function proofOf(signing: Signing, peers: RegistryPeers, call: CallToProve): string {
  const claims: ProofClaims = {
    iss: peers.workstationId,
    aud: peers.registryId,
    iat: Math.floor(peers.registryNowMs() / 1000),
    jti: call.requestId,
    htm: call.method,
    htu: call.path,
    ...(call.body === undefined ? {} : { bodySha256: createHash('sha256').update(call.body).digest('hex') }),
  };
  const text = `${base64url({ alg: 'EdDSA' })}.${base64url(claims)}`;
  return `${text}.${signing.sign(peers.privateKey, text)}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
