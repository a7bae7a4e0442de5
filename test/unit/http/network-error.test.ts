import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  describeNetworkError,
  NetworkError,
  type NetworkProblem,
  type Route,
  timeoutError,
} from '../../../src/http/network-error.ts';

const DIRECT: Route = { host: 'a.test', proxy: undefined, phase: 'connecting' };
const HANDSHAKE: Route = { ...DIRECT, phase: 'handshake' };
const SECURE: Route = { ...DIRECT, phase: 'secure' };
const PROXIED: Route = { ...DIRECT, proxy: new URL('http://p:1') };
const TUNNELING: Route = { ...PROXIED, phase: 'tunneling' };
const AS_USER: Route = { ...TUNNELING, proxy: new URL('http://user:password@p:1') };
const TUNNELED: Route = { ...PROXIED, phase: 'handshake' };

const CAUSE = 'tunneling socket could not be established, cause=';
const STATUS = 'tunneling socket could not be established, statusCode=';

function describeError(code: string, message: string, route: Route): unknown {
  return describeNetworkError(Object.assign(new Error(message), { code }), route);
}

beforeEach(() => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined);
});

describe('the error of a request', () => {
  test.each<[string, string, Route, NetworkProblem]>([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND a.test', DIRECT, 'no-connection'],
    ['ECONNRESET', 'socket hang up', HANDSHAKE, 'no-tls'],
    ['ECONNRESET', 'socket hang up', TUNNELED, 'no-tls'],
    ['ECONNRESET', 'aborted', SECURE, 'no-response'],
    // Only the phase decides, not the text.
    ['ECONNREFUSED', 'connect ECONNREFUSED', SECURE, 'no-response'],
    ['HPE_INVALID_EOF_STATE', 'Parse Error', SECURE, 'no-response'],
    ['HPE_INVALID_CONSTANT', 'Parse Error', SECURE, 'illegible-response'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'no issuer', HANDSHAKE, 'certificate-issuer'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed', TUNNELED, 'certificate-issuer'],
    ['CERT_HAS_EXPIRED', 'expired', HANDSHAKE, 'certificate-date'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'other host', HANDSHAKE, 'certificate'],
    ['UNSPECIFIED', 'too weak', HANDSHAKE, 'certificate'],
    ['ECONNRESET', `${CAUSE}connect ECONNREFUSED`, PROXIED, 'proxy-unreachable'],
    ['ECONNRESET', `${CAUSE}socket hang up`, TUNNELING, 'proxy-unavailable'],
    ['ECONNRESET', `${CAUSE}Parse Error: Expected HTTP/`, TUNNELING, 'proxy-illegible'],
    ['ECONNRESET', 'got illegal response body from proxy', TUNNELING, 'proxy-illegible'],
    ['ECONNRESET', `${STATUS}403`, TUNNELING, 'proxy-denied'],
    ['ECONNRESET', `${STATUS}502`, TUNNELING, 'proxy-unavailable'],
    ['ECONNRESET', `${STATUS}407`, TUNNELING, 'proxy-credentials-missing'],
    ['ECONNRESET', `${STATUS}401`, AS_USER, 'proxy-credentials-refused'],
  ])('%s (%s) is classified', (code, message, route, problem) => {
    expect(describeError(code, message, route)).toMatchObject({ problem, mayBeSent: route.phase === 'secure' });
  });

  const openssl = (reason: string): string =>
    `write EPROTO C0D8:error:0A00010B:SSL routines:ssl3:${reason}:../x.c:1:\n`;
  test.each<[string, string, Route, string]>([
    ['ECONNREFUSED', '', DIRECT, 'No connection to a.test: ECONNREFUSED.'],
    ['X', 'connect X 1.2.3.4:443 - Local (0.0.0.0:0)', DIRECT, 'No connection to a.test: connect X 1.2.3.4:443.'],
    ['EPROTO', openssl('tlsv1 alert'), HANDSHAKE, 'No TLS connection to a.test: tlsv1 alert.'],
    [
      'EPROTO',
      openssl('wrong version number'),
      HANDSHAKE,
      ': it sent something other than TLS (wrong version number).',
    ],
    // In TLS 1.3, this alert comes after the handshake, when the request has been sent.
    [
      'EPROTO',
      openssl('certificate required'),
      SECURE,
      ' broke before the response was complete: certificate required.',
    ],
    ['HPE_HEADER_OVERFLOW', '', SECURE, 'a.test sent headers that are too large.'],
    ['HPE_X', '', SECURE, 'a.test sent an invalid HTTP response (HPE_X).'],
    ['UNABLE_TO_X', 'no issuer; try …', HANDSHAKE, 'of a.test is not trusted: no issuer (UNABLE_TO_X).'],
    ['X', `${CAUSE}connect X`, PROXIED, 'No connection to a.test (through the proxy p:1): connect X.'],
    [
      'X',
      `${STATUS}403`,
      { ...TUNNELING, proxyResponse: '403 Not on the list' },
      ': the proxy returned 403 Not on the list.',
    ],
    ['X', 'got illegal response body from proxy', TUNNELING, ': it does not respond like an HTTP proxy.'],
  ])('%s (%s) is described', (code, message, route, text) => {
    expect(describeError(code, message, route)).toMatchObject({ message: expect.stringContaining(text) });
  });

  test('of several addresses is that of the first one', () => {
    const errors = ['192.0.2.1', '2001:db8::1'].map((address) => new Error(`connect ETIMEDOUT ${address}:443`));
    const error = Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
    expect(describeNetworkError(error, DIRECT)).toMatchObject({ message: expect.stringContaining('192.0.2.1') });
  });

  test('says what is wrong with NODE_EXTRA_CA_CERTS only if the issuer is not trusted', () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/missing.pem');
    expect(describeError('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'x', HANDSHAKE)).toMatchObject({
      message: expect.stringMatching(/this file does not exist\.$/),
    });
    expect(describeError('CERT_HAS_EXPIRED', 'x', HANDSHAKE)).toMatchObject({
      message: expect.not.stringContaining('this file'),
    });
  });

  test.each([
    ['without a code', new TypeError('x is not a function')],
    ['with a number as its code', Object.assign(new Error('x'), { code: 7 })],
    ['that is a text', 'ECONNRESET'],
  ])('%s is a bug, and is returned unchanged', (_, thrown) => {
    expect(describeNetworkError(thrown, SECURE)).toBe(thrown);
  });
});

test.each<[Route, NetworkProblem, string]>([
  [DIRECT, 'no-connection', 'No connection to a.test within 15 s.'],
  [HANDSHAKE, 'no-tls', 'No TLS connection to a.test within 15 s.'],
  [PROXIED, 'proxy-unreachable', 'No connection to the proxy p:1 within 15 s.'],
  [TUNNELING, 'proxy-unavailable', 'The proxy p:1 did not respond to CONNECT within 15 s.'],
  [SECURE, 'no-response', 'a.test did not send a complete response within 15 s.'],
])('a timeout says how far the request got: %o', (route, problem, message) => {
  expect(timeoutError(route, 15_000)).toMatchObject({ problem, message, mayBeSent: route.phase === 'secure' });
});

test.each<[NetworkProblem, unknown]>([
  ['no-connection', { policy: 'connect' }],
  ['no-tls', { policy: 'connect' }],
  ['proxy-unreachable', { policy: 'connect' }],
  ['proxy-unavailable', { policy: 'connect' }],
  ['no-response', { policy: 'backoff' }],
  ['proxy-denied', undefined],
  ['proxy-illegible', undefined],
  ['certificate-issuer', undefined],
  ['illegible-response', undefined],
])('%s is retried: %j', (problem, retry) => {
  expect(new NetworkError(problem, 'It failed.').retry).toEqual(retry);
});
