import { beforeEach, expect, test, vi } from 'vitest';
import { Failure, type FailureKind } from '../../../src/failure.ts';
import { failureFromError, type Route, timeoutFailure } from '../../../src/http/network-error.ts';

const DIRECT: Route = { host: 'a.test', proxy: undefined, phase: 'connecting' };
const PROXIED: Route = { ...DIRECT, proxy: new URL('http://user:password@p:1') };
const HANDSHAKE: Route = { ...DIRECT, phase: 'handshake' };
const TUNNELING: Route = { ...PROXIED, phase: 'tunneling' };
const ROUTES = {
  connecting: DIRECT,
  'connecting to a proxy': PROXIED,
  tunneling: TUNNELING,
  handshake: HANDSHAKE,
  'tunneled handshake': { ...PROXIED, phase: 'handshake' },
  secure: { ...DIRECT, phase: 'secure' },
} as const satisfies Record<string, Route>;

type Place = keyof typeof ROUTES;

const REFUSED = 'connect ECONNREFUSED 192.0.2.1:443';

const openssl = (reason: string) => `write EPROTO C0D8:error:0A00010B:SSL routines:ssl3:${reason}:../x.c:1:\n`;

function failureFrom(code: string, message: string, route: Route): Failure {
  return Failure.from(failureFromError(Object.assign(new Error(message), { code }), route));
}

beforeEach(() => {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined);
});

test.each<[string, Place, FailureKind, string | undefined, string, RegExp]>([
  ['ENOTFOUND', 'connecting', 'network', 'connect', 'getaddrinfo', /^No connection to a\.test: getaddrinfo\.$/],
  ['ECONNREFUSED', 'connecting', 'network', 'connect', `${REFUSED} - Local (0:0)`, /: connect E\S+ [\d.:]+\.$/],
  ['ETIMEDOUT', 'connecting', 'network', 'connect', '', /: ETIMEDOUT\.$/],
  ['ECONNRESET', 'handshake', 'network', 'connect', 'hang up', /^No TLS connection to a\.test:/],
  ['ECONNRESET', 'tunneled handshake', 'network', 'connect', '', /^No TLS .* the proxy p:1\)/],
  ['ECONNRESET', 'secure', 'network', 'backoff', 'aborted\nby x', /^No complete .* a\.test: aborted\.$/],
  // Only the phase decides, not the text.
  ['ECONNREFUSED', 'secure', 'network', 'backoff', REFUSED, /^No complete response/],
  ['CERT_HAS_EXPIRED', 'secure', 'network', 'backoff', 'expired', /^No complete response/],
  ['EPROTO', 'handshake', 'network', 'connect', openssl('wrong version'), /a\.test: wrong version\.$/],
  ['EPROTO', 'secure', 'network', 'backoff', openssl('no certificate'), /a\.test: no certificate\.$/],
  ['HPE_INVALID_EOF_STATE', 'secure', 'network', 'backoff', 'Parse Error', /^No complete response/],
  ['HPE_X', 'secure', 'unexpected-response', undefined, 'Parse Error', /HPE_X/],
  ['UNABLE_TO_X', 'handshake', 'certificate', undefined, 'no; try', /not trusted \(UNABLE_TO_X\): no\.$/],
  ['SELF_SIGNED_CERT_X', 'tunneled handshake', 'certificate', undefined, '', /the proxy p:1/],
  ['CERT_HAS_EXPIRED', 'handshake', 'certificate', undefined, 'expired', /CERT_HAS_EXPIRED/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'handshake', 'certificate', undefined, 'other host', /other host/],
  ['PATH_LENGTH_EXCEEDED', 'handshake', 'certificate', undefined, 'x', /PATH_LENGTH/],
  ['HOSTNAME_MISMATCH', 'handshake', 'certificate', undefined, 'x', /HOSTNAME/],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'handshake', 'network', 'connect', 'x', /^No TLS/],
  ['UNSPECIFIED', 'handshake', 'certificate', undefined, 'too weak', /UNSPECIFIED/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'handshake', 'certificate', undefined, 'self-signed', /DEPTH_ZERO/],
  ['INVALID_CA', 'handshake', 'certificate', undefined, 'not a CA', /INVALID_CA/],
  ['ECONNRESET', 'connecting to a proxy', 'proxy', 'connect', REFUSED, /^No connection to a\.test .* p:1\): c/],
  ['ECONNRESET', 'tunneling', 'proxy', 'connect', 'socket hang up', /socket hang up/],
  ['HPE_INVALID_CONSTANT', 'tunneling', 'proxy', 'connect', 'Parse Error', /Parse Error/],
])('%s in the phase "%s" is a failure of kind %s', (code, place, kind, policy, message, text) => {
  const failure = failureFrom(code, message, ROUTES[place]);
  expect([failure.kind, failure.facts.retry?.policy]).toEqual([kind, policy]);
  expect(failure.message).toMatch(text);
  expect(failure.message).not.toMatch(/\n|routines|password/);
});

test.each<[number, string, string | undefined, RegExp]>([
  [400, '', undefined, /the proxy returned 400\.$/],
  [407, 'Who Are You', undefined, /the proxy returned 407 Who Are You\.$/],
  [499, '', undefined, /499/],
  [302, 'Found', 'connect', /302 Found/],
  [500, '', 'connect', /500/],
])("a proxy's %i fails the request, which is not retried after a 4xx", (status, reason, policy, text) => {
  const failure = failureFrom('ECONNRESET', 'x', { ...TUNNELING, proxyResponse: { status, reason } });
  expect([failure.kind, failure.facts.retry?.policy]).toEqual(['proxy', policy]);
  expect(failure.message).toMatch(text);
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
  vi.stubEnv('NODE_EXTRA_CA_CERTS', '');
  expect(failureFrom('CERT_HAS_EXPIRED', 'expired', HANDSHAKE).facts.details).toEqual([]);
});

test.each([new TypeError('x is not a function'), Object.assign(new Error('x'), { code: 7 }), 'ECONNRESET'])(
  'an error without a code is a bug: %s',
  (thrown) => {
    expect(failureFromError(thrown, DIRECT)).toMatchObject({ kind: 'internal', facts: { cause: thrown } });
  },
);

test.each<[Place, FailureKind, string, RegExp]>([
  ['connecting', 'network', 'connect', /^No connection to a\.test within 15 s\.$/],
  ['connecting to a proxy', 'proxy', 'connect', /^No connection to a\.test .*the proxy p:1/],
  ['tunneling', 'proxy', 'connect', /^No connection to a\.test .*the proxy p:1/],
  ['handshake', 'network', 'connect', /^No TLS connection to a\.test within 15 s\.$/],
  ['secure', 'network', 'backoff', /^No complete response from a\.test within 15 s\.$/],
])('a timeout in the phase "%s" is a failure of kind %s', (place, kind, policy, message) => {
  const facts = { retry: { policy } };
  expect(timeoutFailure(ROUTES[place], 15_000)).toMatchObject({ kind, facts, message: expect.stringMatching(message) });
});
