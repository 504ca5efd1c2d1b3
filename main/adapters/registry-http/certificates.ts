import { getCACertificates } from 'node:tls';

/**
 * PEM of whom this PC trusts: those that come with Node, and those of the system, where a hospital's IT puts its own
 * authority. Reading the system's takes some 0.1 s; Node keeps them afterwards.
 */
export function trustedCertificates(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
