import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure, type FailureKind } from '../../../src/failure.ts';
import { failureFromError, type Route, timeoutFailure } from '../../../src/http/network-error.ts';

const DIRECT: Route = { host: 'a.test', proxy: undefined, phase: 'connecting' };
const HANDSHAKE: Route = { ...DIRECT, phase: 'handshake' };
const SECURE: Route = { ...DIRECT, phase: 'secure' };
const PROXIED: Route = { ...DIRECT, proxy: new URL('http://user:password@p:1') };
const TUNNELING: Route = { ...PROXIED, phase: 'tunneling' };
const TUNNELED: Route = { ...PROXIED, phase: 'handshake' };
const REFUSED = 'connect ECONNREFUSED 192.0.2.1:443';

const openssl = (reason: string) => `write EPROTO C0D8:error:0A00010B:SSL routines:ssl3:${reason}:../x.c:1:\n`;
const returned = (status: number, reason = ''): Route => ({ ...TUNNELING, proxyResponse: { status, reason } });

function failureFrom(code: string, message: string, route: Route): Failure {
  return Failure.from(failureFromError(Object.assign(new Error(message), { code }), route));
}

beforeEach(() => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined);
});

describe('the failure of a request has the right kind and retry:', () => {
  test.each<[string, string, Route, FailureKind, string | undefined, RegExp]>([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND a.test', DIRECT, 'network', 'connect', /^No connection to a\.test: getaddr/],
    ['ECONNREFUSED', `${REFUSED} - Local (0:0)`, DIRECT, 'network', 'connect', /: connect ECONNREFUSED [\d.:]+\.$/],
    ['ETIMEDOUT', '', DIRECT, 'network', 'connect', /: ETIMEDOUT\.$/],
    ['ECONNRESET', 'socket hang up', HANDSHAKE, 'network', 'connect', /^No TLS connection to a\.test:/],
    ['ECONNRESET', 'socket hang up', TUNNELED, 'network', 'connect', /^No TLS connection to .* the proxy p:1\)/],
    ['ECONNRESET', 'aborted\nby x', SECURE, 'network', 'backoff', /^No complete response from a\.test: aborted\.$/],
    // Only the phase decides, not the text.
    ['ECONNREFUSED', REFUSED, SECURE, 'network', 'backoff', /^No complete response/],
    ['CERT_HAS_EXPIRED', 'expired', SECURE, 'network', 'backoff', /^No complete response/],
    ['EPROTO', openssl('wrong version number'), HANDSHAKE, 'network', 'connect', /a\.test: wrong version number\.$/],
    ['EPROTO', openssl('certificate required'), SECURE, 'network', 'backoff', /a\.test: certificate required\.$/],
    ['HPE_INVALID_EOF_STATE', 'Parse Error', SECURE, 'network', 'backoff', /^No complete response/],
    ['HPE_INVALID_CONSTANT', 'Parse Error', SECURE, 'unexpected-response', undefined, /HPE_INVALID_CONSTANT/],
    [
      'UNABLE_TO_X',
      'no issuer; try X',
      HANDSHAKE,
      'certificate',
      undefined,
      /not trusted \(UNABLE_TO_X\): no issuer\.$/,
    ],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed', TUNNELED, 'certificate', undefined, /the proxy p:1/],
    ['CERT_HAS_EXPIRED', 'expired', HANDSHAKE, 'certificate', undefined, /CERT_HAS_EXPIRED/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'other host', HANDSHAKE, 'certificate', undefined, /other host/],
    ['UNSPECIFIED', 'too weak', HANDSHAKE, 'certificate', undefined, /UNSPECIFIED/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed', HANDSHAKE, 'certificate', undefined, /DEPTH_ZERO/],
    ['INVALID_CA', 'not a CA', HANDSHAKE, 'certificate', undefined, /INVALID_CA/],
    ['ECONNRESET', REFUSED, PROXIED, 'proxy', 'connect', /^No connection to a\.test .*the proxy p:1\): connect/],
    ['ECONNRESET', 'socket hang up', TUNNELING, 'proxy', 'connect', /socket hang up/],
    ['HPE_INVALID_CONSTANT', 'Parse Error', TUNNELING, 'proxy', 'connect', /Parse Error/],
    ['ECONNRESET', 'x', returned(400), 'proxy', undefined, /the proxy returned 400\.$/],
    ['ECONNRESET', 'x', returned(407, 'Who Are You'), 'proxy', undefined, /the proxy returned 407 Who Are You\.$/],
    ['ECONNRESET', 'x', returned(499), 'proxy', undefined, /499/],
    ['ECONNRESET', 'x', returned(502), 'proxy', 'connect', /502/],
  ])('%s (%s), %o', (code, message, route, kind, policy, text) => {
    const failure = failureFrom(code, message, route);
    expect([failure.kind, failure.facts.retry?.policy]).toEqual([kind, policy]);
    expect(failure.message).toMatch(text);
    expect(failure.message).not.toMatch(/\n|routines|password/);
  });
});

test('the failure of all addresses of a name quotes that of the first one', () => {
  const errors = ['192.0.2.1', '2001:db8::1'].map((address) => new Error(`connect ETIMEDOUT ${address}:443`));
  const error = Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
  expect(failureFromError(error, DIRECT)).toMatchObject({ message: expect.stringContaining('192.0.2.1') });
});

test('the failure of a certificate names the file in NODE_EXTRA_CA_CERTS', () => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', '/missing.pem');
  const { details } = failureFrom('CERT_HAS_EXPIRED', 'expired', HANDSHAKE).facts;
  expect(details).toEqual(['NODE_EXTRA_CA_CERTS is set to /missing.pem.']);
});

test.each([new TypeError('x is not a function'), Object.assign(new Error('x'), { code: 7 }), 'ECONNRESET'])(
  'an error without a code is a bug, and stays the same: %s',
  (thrown) => {
    expect(failureFromError(thrown, SECURE)).toBe(thrown);
  },
);

test.each<[Route, FailureKind, string, RegExp]>([
  [DIRECT, 'network', 'connect', /^No connection to a\.test within 15 s\.$/],
  [HANDSHAKE, 'network', 'connect', /^No TLS connection to a\.test within 15 s\.$/],
  [PROXIED, 'proxy', 'connect', /^No connection to a\.test .*the proxy p:1/],
  [TUNNELING, 'proxy', 'connect', /^No connection to a\.test .*the proxy p:1/],
  [SECURE, 'network', 'backoff', /^No complete response from a\.test within 15 s\.$/],
])('a timeout says how far the request got: %o', (route, kind, policy, message) => {
  const facts = { retry: { policy } };
  expect(timeoutFailure(route, 15_000)).toMatchObject({ kind, facts, message: expect.stringMatching(message) });
});
