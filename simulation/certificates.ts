import { randomUUID } from 'node:crypto';
import { type GenerateResult, generate } from 'selfsigned';

const EC = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

const RSA = { keyType: 'rsa', keySize: 2048, algorithm: 'sha256' } as const;

const DAY = 24 * 60 * 60 * 1000;

/** What is too weak about a certificate for Node to accept it. */
export type Weakness = '1024-bit RSA key' | 'SHA-1 signature';

/** A certificate authority for the lifetime of a test. */
export interface Authority {
  /** Its root certificates as PEM, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** Issues a server certificate for these hosts. It is valid for a year, or for the day before `until`. */
  issue(hosts: readonly string[], until?: Date): Promise<Certificate>;
  /** Issues a server certificate for these hosts that is valid except for this weakness. */
  issueWeak(hosts: readonly string[], weakness: Weakness): Promise<Certificate>;
}

/** A server certificate and its private key, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

type Algorithm = typeof EC | typeof RSA;

type Options = NonNullable<Parameters<typeof generate>[1]>;

let sharedRsaRoot: Promise<GenerateResult> | undefined;

export async function createAuthority(): Promise<Authority> {
  const root = await createRoot(EC);
  // selfsigned needs an RSA root to sign an RSA key. Making one is slow, so all authorities of a process share it.
  sharedRsaRoot ??= createRoot(RSA);
  const rsaRoot = await sharedRsaRoot;
  return {
    certificate: `${root.cert}\n${rsaRoot.cert}`,
    issue: (hosts, until) =>
      sign(root, hosts, {
        ...EC,
        ...(until && { notBeforeDate: new Date(until.getTime() - DAY), notAfterDate: until }),
      }),
    issueWeak: (hosts, weakness) =>
      weakness === 'SHA-1 signature'
        ? sign(root, hosts, { ...EC, algorithm: 'sha1' })
        : sign(rsaRoot, hosts, { ...RSA, keySize: 1024 }),
  };
}

function createRoot(algorithm: Algorithm): Promise<GenerateResult> {
  return generate([{ name: 'commonName', value: `Simulated authority ${randomUUID()}` }], {
    ...algorithm,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

async function sign(root: GenerateResult, hosts: readonly string[], options: Options): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Simulated server' }], {
    ...options,
    ca: { key: root.private, cert: root.cert },
    extensions: [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) }],
  });
  return { key, cert };
}
