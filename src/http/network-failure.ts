import { Failure, type FailureKind } from '../failure.ts';

/** Codes, and messages of errors without a specific code, that occur before a byte of the request is sent. */
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

/** Classifies an error of the HTTP client; `host` says where the request went. */
export function networkFailure(error: unknown, host: string): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return Failure.from(error);
  // When all addresses of a name fail, the messages are in the individual errors.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const what = (first instanceof Error && first.message) || code;
  const fail = (kind: FailureKind, message: string, mayBeApplied = false): Failure =>
    new Failure(kind, message, { mayBeApplied, cause: error });

  const [tunnel, status, cause] = TUNNEL.exec(what) ?? [];
  if (tunnel !== undefined) {
    const reason = status === undefined ? (cause ?? what) : `the proxy answered ${status}`;
    return fail(proxyFailure(Number(status)), `No connection to ${host}: ${reason}.`);
  }
  if (CERTIFICATE.test(code)) {
    // Node appends advice on how to start Node.
    const [problem] = what.split('; ');
    return fail('certificate', `The certificate of ${host} is not trusted: ${problem} (${code}).`);
  }
  if (NOT_SENT.test(code) || NOT_SENT.test(what)) return fail('unreachable', `No connection to ${host}: ${what}.`);
  if (code === 'HPE_HEADER_OVERFLOW') return fail('answer-too-large', `${host} sent headers that are too large.`, true);
  return fail('answer-cut-off', `The connection to ${host} broke before the answer was complete: ${what}.`, true);
}

/** @param status the proxy's answer to CONNECT, NaN if it sent none */
function proxyFailure(status: number): FailureKind {
  // tinyproxy answers 401 where other proxies answer 407.
  if (status === 401 || status === 407) return 'proxy-login';
  return status < 500 ? 'proxy-refused' : 'proxy-failed';
}
