import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const authority = here('./fixtures/hospital-authority.pem');

// Elsewhere the system's certificates are no file that a test can put in its place.
it.runIf(process.platform === 'linux')(
  'trusts an authority that only this PC’s system knows, and those that come with Node',
  async () => {
    const { NODE_EXTRA_CA_CERTS: _extra, NODE_USE_SYSTEM_CA: _system, ...env } = process.env;
    const program = `
      const { trustedCertificates } = await import(${JSON.stringify(here('./certificates.ts'))});
      const { getCACertificates } = await import('node:tls');
      const trusted = trustedCertificates();
      const isWhole = getCACertificates('bundled').every((one) => trusted.includes(one));
      process.stdout.write(JSON.stringify({ isWhole, trusted }));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { env: { ...env, SSL_CERT_FILE: authority }, maxBuffer: 16 * 1024 * 1024 },
    );
    const { isWhole, trusted } = JSON.parse(stdout) as { isWhole: boolean; trusted: readonly string[] };
    expect(isWhole).toBe(true);
    const bare = (pem: string): string => pem.replace(/\s/gu, '');
    expect(trusted.map(bare)).toContain(bare(readFileSync(authority, 'utf8')));
  },
);
