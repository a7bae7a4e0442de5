import { randomUUID } from 'node:crypto';
import { type GenerateResult, generate } from 'selfsigned';

const EC = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

const DAY = 24 * 60 * 60 * 1000;

/** A certificate authority that lives as long as the tests. */
export interface Authority {
  /** Its certificate, PEM, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** Issues a server certificate for host names, valid for a year or until a date. */
  issue(hosts: readonly string[], until?: Date): Promise<Certificate>;
}

/** Key and certificate of a server, PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export async function createAuthority(): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: `Simulated authority ${randomUUID()}` }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    certificate: authority.cert,
    async issue(hosts, until) {
      const issued: GenerateResult = await generate([{ name: 'commonName', value: 'Simulated Datadog' }], {
        ...EC,
        ...(until && { notBeforeDate: new Date(until.getTime() - DAY), notAfterDate: until }),
        ca: { key: authority.private, cert: authority.cert },
        extensions: [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) }],
      });
      return { key: issued.private, cert: issued.cert };
    },
  };
}
