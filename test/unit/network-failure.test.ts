import { describe, expect, test } from 'vitest';
import { networkFailure } from '../../src/http/network-failure.ts';

const HOST = 'api.datadoghq.com';
const TUNNEL = 'tunneling socket could not be established';

describe('networkFailure classifies', () => {
  test.each([
    // https://nodejs.org/api/errors.html#common-system-errors and https://nodejs.org/api/dns.html#error-codes
    ['ECONNREFUSED', '', 'unreachable', false],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.datadoghq.com', 'unreachable', false],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.datadoghq.com', 'unreachable', false],
    ['EHOSTUNREACH', '', 'unreachable', false],
    ['ENETUNREACH', '', 'unreachable', false],
    ['ECONNRESET', 'socket disconnected before secure TLS connection was established', 'unreachable', false],
    ['ETIMEDOUT', 'connect ETIMEDOUT 192.0.2.1:443', 'unreachable', false],
    ['ECONNRESET', 'aborted', 'answer-cut-off', true],
    ['EPIPE', 'write EPIPE', 'answer-cut-off', true],
    ['ETIMEDOUT', '', 'answer-cut-off', true],
    ['ETIMEDOUT', 'read after connect failed', 'answer-cut-off', true],
    ['ENOTFOUND_LATER', '', 'answer-cut-off', true],
    ['HPE_INVALID_CONSTANT', 'Parse Error', 'answer-cut-off', true],
    ['HPE_HEADER_OVERFLOW', 'headers', 'answer-too-large', true],
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
    ['ECONNRESET', 'got illegal response body from proxy', 'proxy-failed', false],
    ['ECONNRESET', `${TUNNEL}, cause=connect ECONNREFUSED 127.0.0.1:9`, 'proxy-failed', false],
    ['ECONNRESET', `${TUNNEL}, cause=socket hang up`, 'proxy-failed', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=401`, 'proxy-login', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=407`, 'proxy-login', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=200`, 'proxy-refused', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=403`, 'proxy-refused', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=499`, 'proxy-refused', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=500`, 'proxy-failed', false],
    ['ECONNRESET', `${TUNNEL}, statusCode=503`, 'proxy-failed', false],
  ])('%s (%s) as %s', (code, message, kind, mayBeApplied) => {
    const error = Object.assign(new Error(message), { code });
    const failure = networkFailure(error, HOST);
    expect(failure).toMatchObject({ kind, cause: error, facts: { mayBeApplied } });
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
    expect(networkFailure(error, HOST)).toMatchObject({ kind: 'answer-cut-off' });
  });

  test.each([
    `not ${TUNNEL}, statusCode=407`,
    'not got illegal response body from proxy',
    'got illegal response body from proxy?',
  ])('a message that only contains one of the tunnel as a lost connection: %s', (message) => {
    const error = Object.assign(new Error(message), { code: 'ECONNRESET' });
    expect(networkFailure(error, HOST)).toMatchObject({ kind: 'answer-cut-off' });
  });

  test('the failure of all addresses by the first one', () => {
    const [first, second] = ['192.0.2.1', '2001:db8::1'].map(
      (address) => new Error(`connect ETIMEDOUT ${address}:443`),
    );
    const error = Object.assign(new AggregateError([first, second]), { code: 'ETIMEDOUT' });
    const failure = networkFailure(error, HOST);
    expect(failure).toMatchObject({ kind: 'unreachable', cause: error, facts: { mayBeApplied: false } });
    expect(failure.message).toContain('192.0.2.1');
  });

  test('an untrusted certificate without the advice that Node appends', () => {
    const problem = 'unable to get local issuer certificate';
    const message = `${problem}; if the root CA is installed locally, try running Node.js with --use-system-ca`;
    const error = Object.assign(new Error(message), { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' });
    expect(networkFailure(error, HOST).message).toBe(
      `The certificate of ${HOST} is not trusted: ${problem} (UNABLE_TO_GET_ISSUER_CERT_LOCALLY).`,
    );
  });

  test.each([
    ['an error without a code', new TypeError('x is not a function')],
    ['an error whose code is a number', Object.assign(new Error('x'), { code: 7 })],
    ['a text', 'ECONNRESET'],
    ['an object that is not an error', { code: 'ECONNRESET' }],
  ])('%s as an internal error', (_, thrown) => {
    expect(networkFailure(thrown, HOST)).toMatchObject({ kind: 'internal', cause: thrown });
  });
});
