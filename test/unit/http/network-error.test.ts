import { describe, expect, test } from 'vitest';
import { describeNetworkError, NetworkError } from '../../../src/http/network-error.ts';

const HOST = 'api.datadoghq.com';
function describeError(error: unknown, host: string): NetworkError {
  const described = describeNetworkError(error, host);
  if (!(described instanceof NetworkError)) throw described;
  return described;
}

const TUNNEL = 'tunneling socket could not be established';

describe('describeNetworkError classifies', () => {
  test.each([
    // https://nodejs.org/api/errors.html#common-system-errors and https://nodejs.org/api/dns.html#error-codes
    ['ECONNREFUSED', '', 'no-connection', false],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.datadoghq.com', 'no-connection', false],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.datadoghq.com', 'no-connection', false],
    ['EHOSTUNREACH', '', 'no-connection', false],
    ['ENETUNREACH', '', 'no-connection', false],
    ['ECONNRESET', 'socket disconnected before secure TLS connection was established', 'no-connection', false],
    ['ETIMEDOUT', 'connect ETIMEDOUT 192.0.2.1:443', 'no-connection', false],
    ['ECONNRESET', 'aborted', 'no-response', true],
    ['EPIPE', 'write EPIPE', 'no-response', true],
    ['ETIMEDOUT', '', 'no-response', true],
    ['ETIMEDOUT', 'read after connect failed', 'no-response', true],
    ['ENOTFOUND_LATER', '', 'no-response', true],
    ['HPE_INVALID_CONSTANT', 'Parse Error', 'no-response', true],
    ['HPE_HEADER_OVERFLOW', 'headers', 'illegible-response', true],
    // https://nodejs.org/api/tls.html#x509-certificate-error-codes
    ['CERT_HAS_EXPIRED', '', 'certificate', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '', 'certificate', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', '', 'certificate', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', 'certificate', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'certificate', false],
    ['INVALID_CA', '', 'certificate', false],
    ['PATH_LENGTH_EXCEEDED', '', 'certificate', false],
    ['HOSTNAME_MISMATCH', '', 'certificate', false],
    // Node has no code for a signature that is too weak.
    ['UNSPECIFIED', 'CA signature digest algorithm too weak', 'certificate', false],
    ['ECONNRESET', 'got illegal response body from proxy', 'proxy-unavailable', false],
    ['ECONNRESET', `${TUNNEL}, cause=connect ECONNREFUSED 127.0.0.1:9`, 'proxy-unavailable', false],
    ['ECONNRESET', `${TUNNEL}, cause=socket hang up`, 'proxy-unavailable', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=401`, 'proxy-credentials', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=407`, 'proxy-credentials', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=200`, 'proxy-denied', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=403`, 'proxy-denied', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=499`, 'proxy-denied', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=500`, 'proxy-unavailable', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=503`, 'proxy-unavailable', false],
  ])('%s (%s) as %s', (code, message, problem, mayBeSent) => {
    const error = Object.assign(new Error(message), { code });
    const failure = describeError(error, HOST);
    expect(failure).toMatchObject({ problem, cause: error, mayBeSent });
    expect(failure.message).toContain(HOST);
    expect(failure.message).toContain(message.replace(/^.*(?:cause|statusCode)=/, '') || code);
    expect(failure.message).not.toMatch(/undefined|NaN|tunneling/);
  });

  test.each([
    'XENOTFOUND',
    'XCERT_HAS_EXPIRED',
    'NOT_UNABLE_TO_VERIFY',
    'NOT_INVALID_CA',
    'NOT_UNSPECIFIED',
    'UNSPECIFIED_X',
    'XPATH_LENGTH_EXCEEDED',
    'PATH_LENGTH_EXCEEDED_X',
    'XHOSTNAME_MISMATCH',
    'HOSTNAME_MISMATCH_X',
  ])('a code that only contains a known one as a lost connection: %s', (code) => {
    const error = Object.assign(new Error('failed'), { code });
    expect(describeError(error, HOST)).toMatchObject({ problem: 'no-response' });
  });

  test.each([
    `not ${TUNNEL}, statusCode=407`,
    'not got illegal response body from proxy',
    'got illegal response body from proxy?',
  ])('a message that only contains one of the tunnel as a lost connection: %s', (message) => {
    const error = Object.assign(new Error(message), { code: 'ECONNRESET' });
    expect(describeError(error, HOST)).toMatchObject({ problem: 'no-response' });
  });

  test('the failure of all addresses by the first one', () => {
    const [first, second] = ['192.0.2.1', '2001:db8::1'].map(
      (address) => new Error(`connect ETIMEDOUT ${address}:443`),
    );
    const error = Object.assign(new AggregateError([first, second]), { code: 'ETIMEDOUT' });
    const failure = describeError(error, HOST);
    expect(failure).toMatchObject({ problem: 'no-connection', cause: error, mayBeSent: false });
    expect(failure.message).toContain('192.0.2.1');
  });

  test('an untrusted certificate without the advice that Node appends', () => {
    const problem = 'unable to get local issuer certificate';
    const message = `${problem}; if the root CA is installed locally, try running Node.js with --use-system-ca`;
    const error = Object.assign(new Error(message), { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' });
    expect(describeError(error, HOST).message).toBe(
      `The certificate of ${HOST} is not trusted: ${problem} (UNABLE_TO_GET_ISSUER_CERT_LOCALLY).`,
    );
  });

  test.each([
    ['an error without a code', new TypeError('x is not a function')],
    ['an error whose code is a number', Object.assign(new Error('x'), { code: 7 })],
    ['a text', 'ECONNRESET'],
    ['an object that is not an error', { code: 'ECONNRESET' }],
  ])('%s as a bug', (_, thrown) => {
    expect(describeNetworkError(thrown, HOST)).toBe(thrown);
  });
});
