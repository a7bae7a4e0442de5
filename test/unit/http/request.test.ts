import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { afterEach, test as base, beforeEach, describe, expect, vi } from 'vitest';
import { startDatadog } from '../../../simulation/scenario.ts';
import { respond } from '../../../simulation/scripts.ts';
import type { SimulatedServer } from '../../../simulation/server.ts';
import { type Request, sendRequest } from '../../../src/http/request.ts';

const REQUEST: Request = {
  method: 'PATCH',
  url: new URL('https://api.datadoghq.com/accounts?page=1'),
  headers: { 'DD-API-KEY': 'the-api-key' },
  body: '{"the":"body"}',
  tracedHeaders: ['x-ratelimit-limit', 'x-ratelimit-reset'],
};

const MAX_BODY_BYTES = 1024 * 1024;

/** More time than any request takes, even on a busy machine. */
const ENOUGH_TIME = 20_000;

const OPTIONS = { timeLimit: ENOUGH_TIME, signal: new AbortController().signal, trace: () => {} };

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

afterEach(() => {
  vi.useRealTimers();
});

describe('sendRequest', () => {
  test('returns the answer, whatever its status', async ({ datadog }) => {
    datadog.script(respond(418, 'short and stout', { 'X-Teapot': 'yes' }));
    expect(await sendRequest(REQUEST, OPTIONS)).toMatchObject({
      host: 'api.datadoghq.com',
      status: 418,
      headers: { 'x-teapot': 'yes' },
      body: 'short and stout',
      isComplete: true,
    });
    expect(datadog.requests).toMatchObject([
      {
        host: 'api.datadoghq.com',
        method: 'PATCH',
        path: '/accounts?page=1',
        headers: { 'dd-api-key': 'the-api-key' },
        body: '{"the":"body"}',
      },
    ]);
  });

  test('does not follow a redirect', async ({ datadog }) => {
    datadog.script(respond(307, '', { Location: 'https://api.datadoghq.eu/' }));
    expect(await sendRequest(REQUEST, OPTIONS)).toMatchObject({ status: 307 });
    expect(datadog.requests).toHaveLength(1);
  });

  test('closes the connection when the time is up', async ({ datadog }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    datadog.script((request) => {
      resolve(once(request.socket, 'close'));
      vi.advanceTimersByTime(ENOUGH_TIME);
    });
    await expect(sendRequest(REQUEST, OPTIONS)).rejects.toMatchObject({
      problem: 'no-response',
      message: expect.stringMatching(/^api\.datadoghq\.com \(through the proxy 127\.0\.0\.1:\d+\) .* within 20 s\.$/),
      mayBeSent: true,
      timedOut: true,
    });
    await closed;
  });

  test('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    await expect(sendRequest(REQUEST, OPTIONS)).rejects.toMatchObject({ problem: 'proxy-unavailable' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('reads a body of 1 MiB in full', async ({ datadog }) => {
    datadog.script((_, response) => response.end('x'.repeat(MAX_BODY_BYTES)));
    const { body, isComplete } = await sendRequest(REQUEST, OPTIONS);
    expect([body.length, isComplete]).toEqual([MAX_BODY_BYTES, true]);
  });

  test('reads only the first 1 MiB of a larger body', async ({ datadog }) => {
    datadog.script((_, response) => response.end('x'.repeat(MAX_BODY_BYTES + 1)));
    const { body, isComplete } = await sendRequest(REQUEST, OPTIONS);
    expect([body.length, isComplete]).toEqual([MAX_BODY_BYTES, false]);
  });

  test('keeps the error of the network as the cause of the failure', async ({ datadog }) => {
    datadog.script((request) => request.socket.destroy());
    await expect(sendRequest(REQUEST, OPTIONS)).rejects.toMatchObject({
      problem: 'no-response',
      cause: { code: 'ECONNRESET' },
    });
  });
});

describe('the trace of a request', () => {
  test('has method, URL, status, time, and the traced headers, but no other header or body', async ({ datadog }) => {
    const trace = vi.fn<(line: string) => void>();
    datadog.script(respond(200, 'the answer', { 'X-RateLimit-Limit': '10', 'X-Other': 'other' }));
    await sendRequest(REQUEST, { ...OPTIONS, trace });
    expect(trace.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^PATCH https:\/\/api\.datadoghq\.com\/accounts\?page=1: 200, x-ratelimit-limit 10, after [\d.]+ s$/,
        ),
      ],
    ]);
  });

  test('names the kind of failure if there is no answer', async ({ datadog }) => {
    const trace = vi.fn<(line: string) => void>();
    datadog.script((request) => request.socket.destroy());
    await expect(sendRequest(REQUEST, { ...OPTIONS, trace })).rejects.toThrow();
    expect(trace.mock.calls).toEqual([[expect.stringMatching(/^PATCH \S+: no-response, after [\d.]+ s$/)]]);
  });
});
