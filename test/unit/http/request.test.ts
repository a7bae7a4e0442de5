import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setDefaultCACertificates } from 'node:tls';
import { beforeEach, expect, test, vi } from 'vitest';
import { startDatadog } from '../../../simulation/scenario.ts';
import { respond } from '../../../simulation/scripts.ts';
import type { SimulatedServer } from '../../../simulation/server.ts';
import { Failure } from '../../../src/failure.ts';
import { type Request, sendRequest } from '../../../src/http/request.ts';

const url = new URL('https://api.datadoghq.com/accounts?page=1');
const REQUEST: Request = { method: 'PATCH', url, headers: { 'DD-API-KEY': 'key' }, body: '{}' };
const SWITCHING = 'HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf';
const OPTIONS = { connectLimit: 15_000, limit: 60_000, signal: AbortSignal.any([]), userAgent: 'me', trace: vi.fn() };
let datadog: SimulatedServer;

beforeEach(async () => {
  datadog = await startDatadog();
  vi.stubEnv('HTTPS_PROXY', datadog.environment.HTTPS_PROXY);
  for (const name of ['https_proxy', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, undefined);
  setDefaultCACertificates([readFileSync(datadog.environment.NODE_EXTRA_CA_CERTS, 'utf8')]);
  // Only the request's own limits use this clock, so a busy machine cannot exceed them.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  return () => datadog[Symbol.asyncDispose]();
});

/** Scripts what happens at the proxy, in its tunnel before TLS, or at the host. */
function script(place: string, act: (socket: Duplex) => void): void {
  const open = (client: Duplex) => client.once('data', () => act(client)).write('HTTP/1.1 200 OK\r\n\r\n');
  if (place === 'host') datadog.script(({ socket }) => act(socket));
  else datadog.scriptProxy(place === 'proxy' ? act : open);
}

const sends = (text: string) => (socket: Duplex) => socket.end(text);
const isSilent = (limit: number) => () => vi.advanceTimersByTime(limit);

test.each<[string, string, (socket: Duplex) => void, RegExp]>([
  ['proxy', 'is silent', isSilent(15_000), /^proxy connect true: No connection .* within 15 s\.$/],
  ['proxy', 'disconnects', (socket) => socket.destroy(), /^proxy connect true: .*\): socket hang up\.$/],
  ['proxy', 'denies access', sends('HTTP/1.1 403 No\r\n\r\n'), /^proxy undefined true: .* returned 403 No\.$/],
  ['tunnel', 'is silent', isSilent(15_000), /^network connect true: No TLS .* within 15 s\.$/],
  ['tunnel', 'does not send TLS', sends('SSH-2.0\r\n'), /^network connect true: No TLS/],
  ['host', 'is silent', isSilent(60_000), /^network backoff false: No complete .* within 60 s\.$/],
  ['host', 'does not send HTTP', sends('SSH-2.0\r\n'), /^unexpected-response undefined false: .*HPE_/],
  ['host', 'switches protocols', sends(SWITCHING), /^unexpected-response undefined false: .*101/],
  ['host', 'sends half a body', sends(HALF), /^network backoff false: No complete/],
])('a request fails if the %s %s', async (place, _, act, failure) => {
  script(place, act);
  const { kind, message, facts } = Failure.from(await sendRequest(REQUEST, OPTIONS).catch((error) => error));
  expect(`${kind} ${facts.retry?.policy} ${facts.hadNoEffect}: ${message}`).toMatch(failure);
  expect(OPTIONS.trace.mock.lastCall).toEqual([expect.stringMatching(`^PATCH https:\\S+: ${kind}, after [\\d.]+ s$`)]);
});

test.each(['proxy', 'host'])('a request ends at once if the signal aborts: at the %s', async (place) => {
  const controller = new AbortController();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  script(place, (socket) => {
    socket.once('end', resolve);
    controller.abort(new Failure('cancelled', 'The run was cancelled.'));
  });
  const request = sendRequest(REQUEST, { ...OPTIONS, signal: controller.signal });
  await expect(request).rejects.toMatchObject({ kind: 'cancelled', facts: { hadNoEffect: place === 'proxy' } });
  await closed;
});

test('a request returns a late response, whatever its status, and follows no redirect', async () => {
  datadog.script((_, response) => {
    vi.advanceTimersByTime(OPTIONS.connectLimit); // Which is not a limit for a secure connection.
    response.writeHead(307, 'Over There', { Location: 'https://api.datadoghq.eu/' }).end('go');
  });
  const expected = { status: 307, reason: 'Over There', text: 'go', isTooLarge: false };
  expect(await sendRequest(REQUEST, OPTIONS)).toMatchObject(expected);
  const headers = { 'dd-api-key': 'key', 'accept-encoding': 'identity', 'user-agent': 'me' };
  expect(datadog.requests).toMatchObject([{ method: 'PATCH', path: '/accounts?page=1', headers, body: '{}' }]);
});

test('no request is sent if the run was cancelled before', async () => {
  const signal = AbortSignal.abort(new Failure('cancelled', 'The run was cancelled.'));
  const facts = { hadNoEffect: true };
  await expect(sendRequest(REQUEST, { ...OPTIONS, signal })).rejects.toMatchObject({ kind: 'cancelled', facts });
  expect(datadog.requests).toEqual([]);
});

test('a request reads characters that arrive in two pieces', async () => {
  const [first, ...rest] = Buffer.from('ö');
  datadog.script((_, response) => {
    response.write(Buffer.from([first ?? 0]));
    setImmediate(() => response.end(Buffer.from(rest)));
  });
  expect((await sendRequest(REQUEST, OPTIONS)).text).toBe('ö');
});

test.each([0, 1])(
  'a request reads a body of 1 MiB, and does not wait for the rest of a larger one: %i more',
  async (more) => {
    const body = 'x'.repeat(1024 * 1024 + more);
    datadog.script((_, response) => (more === 0 ? response.end(body) : response.write(body)));
    const { text, isTooLarge } = await sendRequest(REQUEST, OPTIONS);
    expect([text.length, isTooLarge]).toEqual(more === 0 ? [1024 * 1024, false] : [0, true]);
  },
);

test('a request traces its status and rate limit, but no other header and no body', async () => {
  datadog.script(respond(200, 'body', { 'X-RateLimit-Limit': '10', 'X-Other': 'other' }));
  await sendRequest(REQUEST, OPTIONS);
  const line = /^PATCH https:\S+\?page=1: 200, x-ratelimit-limit 10, after [\d.]+ s$/;
  expect(OPTIONS.trace.mock.lastCall).toEqual([expect.stringMatching(line)]);
});
