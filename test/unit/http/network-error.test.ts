import { describe, expect, test } from 'vitest';
import {
  describeNetworkError,
  NetworkError,
  type NetworkProblem,
  type Route,
  timeoutError,
} from '../../../src/http/network-error.ts';

const DIRECT: Route = { host: 'api.example.com', proxy: undefined, phase: 'connecting' };
const PROXIED: Route = { ...DIRECT, proxy: new URL('http://proxy.corp:3128') };
const HANDSHAKE: Route = { ...DIRECT, phase: 'handshake' };
const SECURE: Route = { ...DIRECT, phase: 'secure' };
const TUNNEL = 'tunneling socket could not be established';
const OPENSSL = (reason: string): string =>
  `write EPROTO C0D8E9F7:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../deps/openssl/x.c:1234:\n`;

function describeError(code: string, message: string, route: Route): unknown {
  return describeNetworkError(Object.assign(new Error(message), { code }), route, () => '');
}

describe('the error of a request', () => {
  test.each<[string, string, Route, NetworkProblem, string]>([
    [
      'ENOTFOUND',
      'getaddrinfo ENOTFOUND api.example.com',
      DIRECT,
      'no-connection',
      'No connection to api.example.com: getaddrinfo ENOTFOUND api.example.com.',
    ],
    ['ECONNREFUSED', '', DIRECT, 'no-connection', 'No connection to api.example.com: ECONNREFUSED.'],
    [
      'ECONNRESET',
      'socket hang up',
      HANDSHAKE,
      'no-connection',
      'No TLS connection to api.example.com: socket hang up.',
    ],
    [
      'EPROTO',
      OPENSSL('wrong version number'),
      HANDSHAKE,
      'no-connection',
      'No TLS connection to api.example.com: it sent something other than TLS (wrong version number).',
    ],
    [
      'EPROTO',
      OPENSSL('tlsv1 alert protocol version'),
      HANDSHAKE,
      'no-connection',
      'No TLS connection to api.example.com: tlsv1 alert protocol version.',
    ],
    // In TLS 1.3, this alert comes after the handshake, when the request has been sent.
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      OPENSSL('tlsv13 alert certificate required'),
      SECURE,
      'no-response',
      'The connection to api.example.com broke before the response was complete: tlsv13 alert certificate required.',
    ],
    [
      'ECONNRESET',
      'aborted',
      SECURE,
      'no-response',
      'The connection to api.example.com broke before the response was complete: aborted.',
    ],
    // Only the phase decides, not the text.
    [
      'ECONNREFUSED',
      'connect ECONNREFUSED',
      SECURE,
      'no-response',
      'The connection to api.example.com broke before the response was complete: connect ECONNREFUSED.',
    ],
    [
      'HPE_INVALID_EOF_STATE',
      'Parse Error',
      SECURE,
      'no-response',
      'The connection to api.example.com broke before the response was complete: Parse Error.',
    ],
    [
      'HPE_INVALID_CONSTANT',
      'Parse Error',
      SECURE,
      'illegible-response',
      'api.example.com sent something that is not a valid HTTP response (HPE_INVALID_CONSTANT).',
    ],
    [
      'HPE_HEADER_OVERFLOW',
      'Parse Error',
      SECURE,
      'illegible-response',
      'api.example.com sent headers that are too large.',
    ],
    [
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'unable to get local issuer certificate; if the root CA is installed locally, try …',
      HANDSHAKE,
      'certificate-issuer',
      'The certificate of api.example.com is not trusted: unable to get local issuer certificate (UNABLE_TO_GET_ISSUER_CERT_LOCALLY).',
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'self-signed',
      HANDSHAKE,
      'certificate-issuer',
      'The certificate of api.example.com is not trusted: self-signed (SELF_SIGNED_CERT_IN_CHAIN).',
    ],
    [
      'CERT_HAS_EXPIRED',
      'expired',
      HANDSHAKE,
      'certificate-date',
      'The certificate of api.example.com is not trusted: expired (CERT_HAS_EXPIRED).',
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'other host',
      HANDSHAKE,
      'certificate',
      'The certificate of api.example.com is not trusted: other host (ERR_TLS_CERT_ALTNAME_INVALID).',
    ],
    [
      'UNSPECIFIED',
      'too weak',
      HANDSHAKE,
      'certificate',
      'The certificate of api.example.com is not trusted: too weak (UNSPECIFIED).',
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, cause=connect ECONNREFUSED 127.0.0.1:9`,
      PROXIED,
      'proxy-unavailable',
      'No connection to api.example.com (through the proxy proxy.corp:3128): connect ECONNREFUSED 127.0.0.1:9.',
    ],
    [
      'ECONNRESET',
      'got illegal response body from proxy',
      PROXIED,
      'proxy-unavailable',
      'No connection to api.example.com (through the proxy proxy.corp:3128): got illegal response body from proxy.',
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=403`,
      PROXIED,
      'proxy-denied',
      'No connection to api.example.com (through the proxy proxy.corp:3128): the proxy returned 403.',
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=502`,
      PROXIED,
      'proxy-unavailable',
      'No connection to api.example.com (through the proxy proxy.corp:3128): the proxy returned 502.',
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=407`,
      PROXIED,
      'proxy-credentials-missing',
      'No connection to api.example.com (through the proxy proxy.corp:3128): the proxy returned 407.',
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=401`,
      { ...DIRECT, proxy: new URL('http://user:pw@proxy') },
      'proxy-credentials-refused',
      'No connection to api.example.com (through the proxy proxy): the proxy returned 401.',
    ],
    [
      'ECONNRESET',
      'socket hang up',
      { ...PROXIED, phase: 'handshake' },
      'no-connection',
      'No TLS connection to api.example.com (through the proxy proxy.corp:3128): socket hang up.',
    ],
  ])('%s (%s) is classified', (code, message, route, problem, text) => {
    expect(describeError(code, message, route)).toMatchObject({
      problem,
      message: text,
      mayBeSent: route.phase === 'secure',
    });
  });

  test('of several addresses is that of the first one', () => {
    const errors = ['192.0.2.1', '2001:db8::1'].map((address) => new Error(`connect ETIMEDOUT ${address}:443`));
    const error = Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
    expect(describeNetworkError(error, DIRECT)).toMatchObject({ message: expect.stringContaining('192.0.2.1') });
  });

  test('says what is wrong with NODE_EXTRA_CA_CERTS only if the issuer is not trusted', () => {
    const describeCode = (code: string): unknown =>
      describeNetworkError(Object.assign(new Error('x'), { code }), HANDSHAKE, () => '. The file is empty');
    expect(describeCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).toMatchObject({
      message: expect.stringMatching(/The file is empty\.$/),
    });
    expect(describeCode('CERT_HAS_EXPIRED')).toMatchObject({ message: expect.not.stringContaining('The file') });
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
  [DIRECT, 'no-connection', 'No connection to api.example.com within 15 s.'],
  [HANDSHAKE, 'no-connection', 'No TLS connection to api.example.com within 15 s.'],
  [PROXIED, 'proxy-unavailable', 'No connection to the proxy proxy.corp:3128 within 15 s.'],
  [
    { ...PROXIED, phase: 'tunneling' },
    'proxy-unavailable',
    'The proxy proxy.corp:3128 did not respond to CONNECT within 15 s.',
  ],
  [
    { ...PROXIED, phase: 'handshake' },
    'no-connection',
    'No TLS connection to api.example.com (through the proxy proxy.corp:3128) within 15 s.',
  ],
  [SECURE, 'no-response', 'api.example.com did not send a complete response within 15 s.'],
])('a timeout says how far the request got: %o', (route, problem, message) => {
  expect(timeoutError(route, 15_000)).toMatchObject({ problem, message, mayBeSent: route.phase === 'secure' });
});

test.each<[NetworkProblem, unknown]>([
  ['no-connection', { policy: 'connect' }],
  ['proxy-unavailable', { policy: 'connect' }],
  ['no-response', { policy: 'backoff' }],
  ['proxy-denied', undefined],
  ['certificate-issuer', undefined],
  ['illegible-response', undefined],
])('%s is retried: %j', (problem, retry) => {
  expect(new NetworkError(problem, 'It failed.').retry).toEqual(retry);
});
