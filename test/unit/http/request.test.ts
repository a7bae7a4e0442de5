import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { test as base, beforeEach, expect, vi } from 'vitest';
import { startDatadog } from '../../../simulation/scenario.ts';
import { respond } from '../../../simulation/scripts.ts';
import type { SimulatedServer } from '../../../simulation/server.ts';
import { describeResponse, type Request, sendRequest } from '../../../src/http/request.ts';

const REQUEST: Request = {
  method: 'PATCH',
  url: new URL('https://api.datadoghq.com/accounts?page=1'),
  headers: { 'DD-API-KEY': 'the-api-key' },
  body: '{"the":"body"}',
};

const MIB = 1024 * 1024;

/** More time than any request takes, even on a busy machine. */
const ENOUGH_TIME = { connect: 20_000, total: 20_000 };

const OPTIONS = { limits: ENOUGH_TIME, signal: new AbortController().signal, trace: () => {} };

const test = base.extend<{ readonly datadog: SimulatedServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires the pattern
  datadog: async ({}, use) => {
    await using datadog = await startDatadog();
    vi.stubEnv('HTTPS_PROXY', datadog.environment.HTTPS_PROXY);
    setDefaultCACertificates([readFileSync(datadog.environment.NODE_EXTRA_CA_CERTS, 'utf8')]);
    await use(datadog);
  },
});

beforeEach(() => {
  for (const name of ['https_proxy', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, undefined);
});

test('a request returns the response, whatever its status', async ({ datadog }) => {
  datadog.script((_, response) => response.writeHead(418, 'Short And Stout', { 'X-Teapot': 'yes' }).end('tea'));
  const response = await sendRequest(REQUEST, OPTIONS);
  expect(response).toMatchObject({ status: 418, headers: { 'x-teapot': 'yes' }, body: 'tea', isComplete: true });
  expect(describeResponse(response)).toBe('api.datadoghq.com returned 418 Short And Stout');
  expect(datadog.requests).toMatchObject([
    { method: 'PATCH', path: '/accounts?page=1', headers: { 'dd-api-key': 'the-api-key' }, body: '{"the":"body"}' },
  ]);
});

test('a redirect is not followed', async ({ datadog }) => {
  datadog.script(respond(307, '', { Location: 'https://api.datadoghq.eu/' }));
  expect(await sendRequest(REQUEST, OPTIONS)).toMatchObject({ status: 307 });
  expect(datadog.requests).toHaveLength(1);
});

test('a request that takes too long fails, and its connection is closed', async ({ datadog }) => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  datadog.script((request) => resolve(once(request.socket, 'close')));
  const limits = { connect: 20_000, total: 1_000 };
  await expect(sendRequest(REQUEST, { ...OPTIONS, limits })).rejects.toMatchObject({
    problem: 'no-response',
    message: expect.stringMatching(/^api\.datadoghq\.com \(through the proxy 127\.0\.0\.1:\d+\) .* within 1 s\.$/),
    mayBeSent: true,
  });
  await closed;
});

test('a request ends when the signal aborts', async ({ datadog }) => {
  const controller = new AbortController();
  datadog.scriptProxy(() => controller.abort());
  await expect(sendRequest(REQUEST, { ...OPTIONS, signal: controller.signal })).rejects.toMatchObject({
    mayBeSent: false,
  });
});

test.for([0, 1])(
  'a body of 1 MiB is read in full, and of a larger one only that much: %i',
  async (more, { datadog }) => {
    datadog.script((_, response) => response.end('x'.repeat(MIB + more)));
    const { body, isComplete } = await sendRequest(REQUEST, OPTIONS);
    expect([body.length, isComplete]).toEqual([MIB, more === 0]);
  },
);

test('the trace has method, URL, status, rate limit and time, but no other header and no body', async ({ datadog }) => {
  const trace = vi.fn<(line: string) => void>();
  datadog.script(respond(200, 'the body', { 'X-RateLimit-Limit': '10', 'X-Other': 'other' }), (request) => {
    request.socket.destroy();
  });
  await sendRequest(REQUEST, { ...OPTIONS, trace });
  await expect(sendRequest(REQUEST, { ...OPTIONS, trace })).rejects.toThrow();
  expect(trace.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^PATCH https:\/\/api\.datadoghq\.com\/accounts\?page=1: 200, x-ratelimit-limit 10, after [\d.]+ s$/,
      ),
    ],
    [expect.stringMatching(/^PATCH \S+: no-response, after [\d.]+ s$/)],
  ]);
});
