import type { Retry } from './retry.ts';

/** What kept a request from getting a complete response. */
export type NetworkProblem =
  | 'proxy-setting' // HTTPS_PROXY does not hold a usable URL
  | 'proxy-credentials' // the proxy did not accept credentials, or there are none
  | 'proxy-denied' // the proxy does not allow this connection
  | 'proxy-unavailable' // the proxy cannot be reached, or cannot reach the host
  | 'certificate' // the certificate of the host is not trusted
  | 'no-connection' // there was no secure connection, so nothing was sent
  | 'no-response' // the connection broke, or the time was up, before the response was complete
  | 'illegible-response'; // something arrived, but it cannot be read as a response

/** A request without a complete response. The message is a sentence and may contain text from a server: sanitize it. */
export class NetworkError extends Error {
  readonly problem: NetworkProblem;
  /** Whether a time limit ended the request. */
  readonly timedOut: boolean;

  constructor(problem: NetworkProblem, message: string, options: ErrorOptions & { readonly timedOut?: boolean } = {}) {
    super(message, options);
    this.problem = problem;
    this.timedOut = options.timedOut ?? false;
  }

  /** Whether and when to try again. */
  get retry(): Retry | undefined {
    return RETRIES[this.problem];
  }

  /** Whether the request may have reached the host. */
  get mayBeSent(): boolean {
    return this.problem === 'no-response' || this.problem === 'illegible-response';
  }
}

const RETRIES: Readonly<Partial<Record<NetworkProblem, Retry>>> = {
  'proxy-unavailable': { policy: 'few' },
  'no-connection': { policy: 'few' },
  'no-response': { policy: 'backoff' },
};

/** Codes, or messages of errors without a specific code, for failures before any byte of the request is sent. */
const NOT_SENT = /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|^connect |before secure TLS connection/;

/**
 * Codes of a certificate that does not verify (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports those it has no code for, such as a signature or key that is too weak, as UNSPECIFIED.
 */
const CERTIFICATE =
  /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;

/** The message is the only place where the tunnel reports what the proxy did. */
const TUNNEL =
  /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))|^got illegal response body from proxy$/;

/**
 * Classifies an error of the HTTP client.
 *
 * @param host where the request went, as it is shown to users
 * @returns a NetworkError; other errors, which are bugs, as they are
 */
export function describeNetworkError(error: unknown, host: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return error;
  // When all addresses of a name fail, the messages are in the individual errors.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const reason = (first instanceof Error && first.message) || code;
  const describe = (problem: NetworkProblem, message: string): NetworkError =>
    new NetworkError(problem, message, { cause: error });

  const [tunnel, status, cause] = TUNNEL.exec(reason) ?? [];
  if (tunnel !== undefined) {
    const what = status === undefined ? (cause ?? reason) : `the proxy returned ${status}`;
    return describe(proxyProblem(Number(status)), `No connection to ${host}: ${what}.`);
  }
  if (CERTIFICATE.test(code)) {
    // Node appends advice on how to start Node.
    const [problem] = reason.split('; ');
    return describe('certificate', `The certificate of ${host} is not trusted: ${problem} (${code}).`);
  }
  if (NOT_SENT.test(code) || NOT_SENT.test(reason)) {
    return describe('no-connection', `No connection to ${host}: ${reason}.`);
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return describe('illegible-response', `${host} sent headers that are too large.`);
  }
  return describe('no-response', `The connection to ${host} broke before the response was complete: ${reason}.`);
}

/** @param status the proxy's response to CONNECT, NaN if it sent none */
function proxyProblem(status: number): NetworkProblem {
  // tinyproxy returns 401 where other proxies return 407.
  if (status === 401 || status === 407) return 'proxy-credentials';
  return status < 500 ? 'proxy-denied' : 'proxy-unavailable';
}
