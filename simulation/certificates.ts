import { randomUUID } from 'node:crypto';
import { type GenerateResult, generate } from 'selfsigned';

const RSA = { keyType: 'rsa', keySize: 2048, algorithm: 'sha256' } as const;

const DAY = 24 * 60 * 60 * 1000;

type Options = NonNullable<Parameters<typeof generate>[1]>;

/** A certificate authority for the lifetime of this process. */
export interface Authority {
  /** The root certificate as PEM, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** Issues a server certificate for these hosts, valid for a year or for the day before `until`. */
  issue(hosts: readonly string[], until?: Date): Promise<Certificate>;
  /** Issues a server certificate for these hosts that is valid except for its SHA-1 signature. */
  issueWeak(hosts: readonly string[]): Promise<Certificate>;
}

/** A server certificate and its private key, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Generating keys is slow, so a process's authorities share one key pair with each other and with their servers. */
let shared: Promise<GenerateResult> | undefined;

export async function createAuthority(): Promise<Authority> {
  shared ??= generate([{ name: 'commonName', value: `Simulated authority ${randomUUID()}` }], {
    ...RSA,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const root = await shared;
  const sign = async (hosts: readonly string[], options: Options): Promise<Certificate> => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'Simulated server' }], {
      ...RSA,
      ...options,
      keyPair: { privateKey: root.private, publicKey: root.public },
      ca: { key: root.private, cert: root.cert },
      extensions: [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) }],
    });
    return { key, cert };
  };
  return {
    certificate: root.cert,
    issue: (hosts, until) =>
      sign(hosts, until ? { notBeforeDate: new Date(until.getTime() - DAY), notAfterDate: until } : {}),
    issueWeak: (hosts) => sign(hosts, { algorithm: 'sha1' }),
  };
}
