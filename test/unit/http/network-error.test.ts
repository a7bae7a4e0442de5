import { describe, expect, test } from 'vitest';
import {
  describeNetworkError,
  NetworkError,
  type NetworkProblem,
  type Route,
  timeoutError,
} from '../../../src/http/network-error.ts';

const DIRECT: Route = { host: 'a.test', proxy: undefined, phase: 'connecting' };
const PROXIED: Route = { ...DIRECT, proxy: new URL('http://p:1'), phase: 'tunneling' };
const HANDSHAKE: Route = { ...DIRECT, phase: 'handshake' };
const SECURE: Route = { ...DIRECT, phase: 'secure' };
const TUNNEL = 'tunneling socket could not be established';
const OPENSSL = (reason: string): string =>
  `write EPROTO C0D8E9F7:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../deps/openssl/x.c:1234:\n`;

const FAILED = 'No connection to a.test: ';
const NO_TLS = 'No TLS connection to a.test: ';
const NO_TUNNEL = 'No connection to a.test (through the proxy p:1): ';
const UNTRUSTED = 'The certificate of a.test is not trusted: ';
const BROKE = 'The connection to a.test broke before the response was complete: ';

function describeError(code: string, message: string, route: Route): unknown {
  return describeNetworkError(Object.assign(new Error(message), { code }), route, () => '');
}

describe('the error of a request', () => {
  test.each<[string, string, Route, NetworkProblem, string]>([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND a.test', DIRECT, 'no-connection', `${FAILED}getaddrinfo ENOTFOUND a.test.`],
    ['ECONNREFUSED', '', DIRECT, 'no-connection', `${FAILED}ECONNREFUSED.`],
    [
      'EACCES',
      'connect EACCES 1.2.3.4:443 - Local (0.0.0.0:0)',
      DIRECT,
      'no-connection',
      `${FAILED}connect EACCES 1.2.3.4:443.`,
    ],
    ['ECONNRESET', 'socket hang up', HANDSHAKE, 'no-tls', `${NO_TLS}socket hang up.`],
    [
      'EPROTO',
      OPENSSL('wrong version number'),
      HANDSHAKE,
      'no-tls',
      `${NO_TLS}it sent something other than TLS (wrong version number).`,
    ],
    ['EPROTO', OPENSSL('tlsv1 alert protocol version'), HANDSHAKE, 'no-tls', `${NO_TLS}tlsv1 alert protocol version.`],
    // In TLS 1.3, this alert comes after the handshake, when the request has been sent.
    [
      'ERR_SSL_X',
      OPENSSL('tlsv13 alert certificate required'),
      SECURE,
      'no-response',
      `${BROKE}tlsv13 alert certificate required.`,
    ],
    ['ECONNRESET', 'aborted', SECURE, 'no-response', `${BROKE}aborted.`],
    // Only the phase decides, not the text.
    ['ECONNREFUSED', 'connect ECONNREFUSED', SECURE, 'no-response', `${BROKE}connect ECONNREFUSED.`],
    ['HPE_INVALID_EOF_STATE', 'Parse Error', SECURE, 'no-response', `${BROKE}Parse Error.`],
    [
      'HPE_X',
      'Parse Error',
      SECURE,
      'illegible-response',
      'a.test sent something that is not a valid HTTP response (HPE_X).',
    ],
    ['HPE_HEADER_OVERFLOW', 'Parse Error', SECURE, 'illegible-response', 'a.test sent headers that are too large.'],
    [
      'UNABLE_TO_GET_ISSUER_CERT',
      'no issuer; try …',
      HANDSHAKE,
      'certificate-issuer',
      `${UNTRUSTED}no issuer (UNABLE_TO_GET_ISSUER_CERT).`,
    ],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'self-signed',
      HANDSHAKE,
      'certificate-issuer',
      `${UNTRUSTED}self-signed (SELF_SIGNED_CERT_IN_CHAIN).`,
    ],
    ['CERT_HAS_EXPIRED', 'expired', HANDSHAKE, 'certificate-date', `${UNTRUSTED}expired (CERT_HAS_EXPIRED).`],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'other host',
      HANDSHAKE,
      'certificate',
      `${UNTRUSTED}other host (ERR_TLS_CERT_ALTNAME_INVALID).`,
    ],
    ['UNSPECIFIED', 'too weak', HANDSHAKE, 'certificate', `${UNTRUSTED}too weak (UNSPECIFIED).`],
    [
      'ECONNRESET',
      `${TUNNEL}, cause=connect ECONNREFUSED 127.0.0.1:9`,
      { ...PROXIED, phase: 'connecting' },
      'proxy-unreachable',
      `${NO_TUNNEL}connect ECONNREFUSED 127.0.0.1:9.`,
    ],
    ['ECONNRESET', `${TUNNEL}, cause=socket hang up`, PROXIED, 'proxy-unavailable', `${NO_TUNNEL}socket hang up.`],
    [
      'ECONNRESET',
      `${TUNNEL}, cause=Parse Error: Expected HTTP/`,
      PROXIED,
      'proxy-illegible',
      `${NO_TUNNEL}it does not respond like an HTTP proxy.`,
    ],
    [
      'ECONNRESET',
      'got illegal response body from proxy',
      PROXIED,
      'proxy-illegible',
      `${NO_TUNNEL}it does not respond like an HTTP proxy.`,
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=403`,
      { ...PROXIED, proxyResponse: '403 Not on the list' },
      'proxy-denied',
      `${NO_TUNNEL}the proxy returned 403 Not on the list.`,
    ],
    ['ECONNRESET', `${TUNNEL}, statusCode=502`, PROXIED, 'proxy-unavailable', `${NO_TUNNEL}the proxy returned 502.`],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=407`,
      PROXIED,
      'proxy-credentials-missing',
      `${NO_TUNNEL}the proxy returned 407.`,
    ],
    [
      'ECONNRESET',
      `${TUNNEL}, statusCode=401`,
      { ...PROXIED, proxy: new URL('http://u:pw@p:1') },
      'proxy-credentials-refused',
      `${NO_TUNNEL}the proxy returned 401.`,
    ],
    [
      'ECONNRESET',
      'socket hang up',
      { ...PROXIED, phase: 'handshake' },
      'no-tls',
      'No TLS connection to a.test (through the proxy p:1): socket hang up.',
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
  [DIRECT, 'no-connection', 'No connection to a.test within 15 s.'],
  [HANDSHAKE, 'no-tls', 'No TLS connection to a.test within 15 s.'],
  [{ ...PROXIED, phase: 'connecting' }, 'proxy-unreachable', 'No connection to the proxy p:1 within 15 s.'],
  [PROXIED, 'proxy-unavailable', 'The proxy p:1 did not respond to CONNECT within 15 s.'],
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
