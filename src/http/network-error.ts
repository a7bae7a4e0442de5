import { formatSeconds } from '../time.ts';
import type { Connection, Phase } from './connection.ts';
import { describeExtraCertificates } from './extra-certificates.ts';
import type { Retry } from './retry.ts';

/** What kept a request from getting a complete response. */
export type NetworkProblem =
  | 'proxy-setting' // the variable does not hold a usable URL
  | 'proxy-credentials-missing' // the proxy wants credentials, and its URL has none
  | 'proxy-credentials-refused' // the proxy does not accept those in its URL
  | 'proxy-denied' // the proxy does not allow this connection
  | 'proxy-illegible' // what responds in its place is not an HTTP proxy
  | 'proxy-unreachable' // there was no connection to the proxy
  | 'proxy-unavailable' // the proxy cannot reach the host
  | 'certificate-issuer' // the issuer of the host's certificate is not trusted
  | 'certificate-date' // the host's certificate is not valid now
  | 'certificate' // the host's certificate is not trusted for another reason
  | 'no-connection' // there was no connection to the host
  | 'no-tls' // there was one, but the TLS handshake did not complete
  | 'no-response' // the connection broke, or the request timed out, before the response was complete
  | 'illegible-response'; // something arrived, but it cannot be read as a response

/** A request without a complete response. The message is a sentence and may contain text from a server: sanitize it. */
export class NetworkError extends Error {
  readonly problem: NetworkProblem;
  /** Whether the request may have reached the host. */
  readonly mayBeSent: boolean;

  constructor(problem: NetworkProblem, message: string, { cause, phase }: ErrorOptions & { phase?: Phase } = {}) {
    super(message, { cause });
    this.problem = problem;
    this.mayBeSent = phase === 'secure';
  }

  /** Whether and when to try again. */
  get retry(): Retry | undefined {
    if (this.problem === 'no-response') return { policy: 'backoff' };
    const connecting: NetworkProblem[] = ['no-connection', 'no-tls', 'proxy-unreachable', 'proxy-unavailable'];
    return connecting.includes(this.problem) ? { policy: 'connect' } : undefined;
  }
}

/** Where a request went, and how far it got. */
export interface Route extends Readonly<Pick<Connection, 'phase' | 'proxyResponse'>> {
  readonly host: string;
  readonly proxy: URL | undefined;
}

/**
 * Codes of a certificate that does not verify (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports those it has no code for, such as a signature or key that is too weak, as UNSPECIFIED.
 */
const CERTIFICATE =
  /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;

/** The message is the only place where the tunnel reports what the proxy did. */
const TUNNEL = /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))/;

/**
 * Classifies an error of the HTTP client. Only the phase decides whether anything can have been sent.
 *
 * @returns a NetworkError; other errors, which are bugs, unchanged
 */
export function describeNetworkError(error: unknown, route: Route): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return error;
  const { host, proxy, phase, proxyResponse } = route;
  const describe = (problem: NetworkProblem, message: string): NetworkError =>
    new NetworkError(problem, `${message}.`, { cause: error, phase });
  const reason = reasonOf(error, code);
  const where = describeRoute(route);

  const [tunnel, status, cause = reason] = TUNNEL.exec(reason) ?? [];
  if (proxy !== undefined && /^Parse Error|^got illegal response body/.test(cause) && phase !== 'secure') {
    return describe('proxy-illegible', `No connection to ${where}: it does not respond like an HTTP proxy`);
  }
  if (proxy !== undefined && (tunnel !== undefined || phase === 'connecting' || phase === 'tunneling')) {
    const what = status === undefined ? cause : `the proxy returned ${proxyResponse}`;
    const problem = phase === 'connecting' ? 'proxy-unreachable' : proxyProblem(Number(status), proxy);
    return describe(problem, `No connection to ${where}: ${what}`);
  }
  if (phase !== 'secure' && CERTIFICATE.test(code)) {
    const what = `The certificate of ${where} is not trusted: ${reason} (${code})`;
    const isIssuer = /^UNABLE_TO_|SELF_SIGNED|UNTRUSTED/.test(code);
    if (isIssuer) return describe('certificate-issuer', what + describeExtraCertificates());
    return describe(/EXPIRED|NOT_YET_VALID/.test(code) ? 'certificate-date' : 'certificate', what);
  }
  if (phase === 'handshake') return describe('no-tls', `No TLS connection to ${where}: ${reason}`);
  if (phase !== 'secure') return describe('no-connection', `No connection to ${where}: ${reason}`);
  if (code === 'HPE_HEADER_OVERFLOW') return describe('illegible-response', `${host} sent headers that are too large`);
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
    return describe('illegible-response', `${host} sent an invalid HTTP response (${code})`);
  }
  return describe('no-response', `The connection to ${where} broke before the response was complete: ${reason}`);
}

/** The error for a request that ended because of a limit, in milliseconds. */
export function timeoutError(route: Route, limit: number): NetworkError {
  const { proxy, phase } = route;
  const where = describeRoute(route);
  const fail = (problem: NetworkProblem, what: string): NetworkError =>
    new NetworkError(problem, `${what} within ${formatSeconds(limit)}.`, { phase });
  if (phase === 'secure') return fail('no-response', `${where} did not send a complete response`);
  if (phase === 'handshake') return fail('no-tls', `No TLS connection to ${where}`);
  if (proxy === undefined) return fail('no-connection', `No connection to ${where}`);
  if (phase === 'connecting') return fail('proxy-unreachable', `No connection to the proxy ${proxy.host}`);
  return fail('proxy-unavailable', `The proxy ${proxy.host} did not respond to CONNECT`);
}

function describeRoute({ host, proxy }: Route): string {
  return proxy === undefined ? host : `${host} (through the proxy ${proxy.host})`;
}

/** What an error says, in a few words: without the advice that Node appends, and without the ten lines of OpenSSL. */
function reasonOf(error: Error, code: string): string {
  // When all addresses of a name fail, the messages are in the individual errors.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const [message = ''] = ((first instanceof Error && first.message) || code).split(/; | - Local|\n/);
  const [, openssl] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  const isNotTls = /wrong version number|packet length too long|http request/.test(openssl ?? '');
  return isNotTls ? `it sent something other than TLS (${openssl})` : (openssl ?? message);
}

/** @param status the proxy's response to CONNECT, NaN if it sent none */
function proxyProblem(status: number, { username, password }: URL): NetworkProblem {
  // tinyproxy returns 401 where other proxies return 407.
  if (status !== 401 && status !== 407) return status < 500 ? 'proxy-denied' : 'proxy-unavailable';
  return username || password ? 'proxy-credentials-refused' : 'proxy-credentials-missing';
}
