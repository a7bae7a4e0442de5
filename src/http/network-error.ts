import { Failure } from '../failure.ts';
import { formatSeconds } from '../time.ts';
import type { Connection } from './connection.ts';

/** A request's destination and progress. */
export interface Route extends Readonly<Pick<Connection, 'phase' | 'proxyResponse'>> {
  readonly host: string;
  readonly proxy: URL | undefined;
}

/**
 * Error codes for untrusted certificates (https://nodejs.org/api/tls.html#x509-certificate-error-codes).
 * Node reports problems without a code of their own, such as a weak signature or key, as UNSPECIFIED.
 */
const CERTIFICATE =
  /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^UNSPECIFIED$/;

/** Explains the HTTP client's error. An error without a code is a bug. */
export function failureFromError(error: unknown, route: Route): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return Failure.from(error);
  const { phase, proxyResponse } = route;
  const { kind, problem } = describeProgress(route);
  const reason = reasonOf(error, code);

  if (phase !== 'secure' && CERTIFICATE.test(code)) {
    const message = `The certificate of ${describeHost(route)} is not trusted (${code}): ${reason}.`;
    const file = process.env.NODE_EXTRA_CA_CERTS;
    const details = file ? [`NODE_EXTRA_CA_CERTS is set to ${file}.`] : [];
    return new Failure('certificate', message, { details, cause: error });
  }
  if (phase === 'secure' && code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
    const message = `${describeHost(route)} sent a response that cannot be read (${code}).`;
    return new Failure('unexpected-response', message, { cause: error });
  }
  if (kind === 'proxy' && proxyResponse !== undefined) {
    const { status, reason: phrase } = proxyResponse;
    const isFinal = status >= 400 && status < 500;
    const message = `${problem}: the proxy returned ${`${status} ${phrase}`.trimEnd()}.`;
    return new Failure(kind, message, { retry: isFinal ? undefined : { policy: 'connect' }, cause: error });
  }
  const policy = phase === 'secure' ? 'backoff' : 'connect';
  return new Failure(kind, `${problem}: ${reason}.`, { retry: { policy }, cause: error });
}

/** Returns the failure for a request that reached a time limit, in milliseconds. */
export function timeoutFailure(route: Route, limit: number): Failure {
  const { kind, problem } = describeProgress(route);
  const policy = route.phase === 'secure' ? 'backoff' : 'connect';
  return new Failure(kind, `${problem} within ${formatSeconds(limit)}.`, { retry: { policy } });
}

function describeProgress(route: Route): { readonly kind: 'network' | 'proxy'; readonly problem: string } {
  const host = describeHost(route);
  if (route.phase === 'secure') return { kind: 'network', problem: `No complete response from ${host}` };
  if (route.phase === 'handshake') return { kind: 'network', problem: `No TLS connection to ${host}` };
  return { kind: route.proxy === undefined ? 'network' : 'proxy', problem: `No connection to ${host}` };
}

function describeHost({ host, proxy }: Route): string {
  return proxy === undefined ? host : `${host} (through the proxy ${proxy.host})`;
}

/** Returns the error's message without Node's appended advice and OpenSSL's ten lines. */
function reasonOf(error: Error, code: string): string {
  // When all of a host's addresses fail, the messages are in the individual errors.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const [message = ''] = ((first instanceof Error && first.message) || code).split(/; | - Local|\n/);
  const [, openssl] = /:SSL routines:[^:]*:([^:]+)/.exec(message) ?? [];
  return openssl ?? message;
}
