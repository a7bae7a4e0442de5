import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { always, answer, type ReceivedRequest, type Script } from '../../simulation/scripts.ts';
import { FAILURES } from '../../src/failure.ts';
import { test } from '../support/fixtures.ts';

const CONFIRMED = JSON.stringify({ data: resource(ACCOUNT, 'eu') });

/** Milliseconds between the first two requests. */
function gap([first, second]: readonly ReceivedRequest[]): number {
  return (second?.at ?? Number.NaN) - (first?.at ?? Number.NaN);
}

describe('what may pass is tried again', () => {
  const faults: { readonly [name: string]: Script } = {
    ...Object.fromEntries([408, 500, 502, 503, 504].map((status) => [`${status}`, answer(status, 'busy')])),
    'a connection reset before the answer': (request) => request.socket.destroy(),
    'an answer cut off after its headers': (_, response) => {
      response.writeHead(200, { 'Content-Length': CONFIRMED.length }).flushHeaders();
      response.socket?.end();
    },
    'a body shorter than its length': (_, response) => {
      response.writeHead(200, { 'Content-Length': CONFIRMED.length }).write(CONFIRMED.slice(0, 40));
      setImmediate(() => response.destroy());
    },
    'a body in chunks without the last one': (_, response) => {
      response.writeHead(200).write(CONFIRMED.slice(0, 40));
      setImmediate(() => response.destroy());
    },
    'a body cut off behind white space': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n\n ${CONFIRMED.slice(0, 40)}`);
    },
    'a 502 that names a wait, which counts only for 429 and 503': answer(502, '', { 'Retry-After': '999' }),
    'a body without a length, cut off': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${CONFIRMED.slice(0, 40)}`);
    },
    'an answer that is no HTTP': (request) => {
      request.socket.end('220 mail.example ESMTP\r\n');
    },
  };

  test.for(Object.entries(faults))('%s', async ([, fault], { datadog, run }) => {
    datadog.script(fault);
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(result.outputs.attempts).toBe('2');
    expect(datadog.requests).toHaveLength(2);
    expect(result.log.match(/Attempt 1: .+ Attempt 2 follows in [\d.]+ s\./g)).toHaveLength(1);
  });

  test('until the time is up', async ({ datadog, run }) => {
    datadog.script(...always(answer(500, { errors: ['Internal error'] })));
    const result = await run({ timeout: '3' });
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatchObject({ title: FAILURES.unavailable.title });
    expect(result.errors[0]?.message).toContain('Internal error');
    expect(result.errors[0]?.message).toContain('may have been applied');
    expect(result.outputs.status_code).toBe('500');
    // The deadline may cut the last attempt short before its request arrives.
    expect(Number(result.outputs.attempts) - datadog.requests.length).toBeOneOf([0, 1]);
    expect(datadog.requests.length).toBeGreaterThan(1);
    expect(result.duration).toBeLessThan(5_000);
  });
});

describe('a rate limit', () => {
  test('is waited for as long as X-RateLimit-Reset says', async ({ datadog, run }) => {
    datadog.script(answer(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '2' }));
    expect((await run()).exitCode).toBe(0);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
  });

  test('is waited for as long as Retry-After says, as a date', async ({ datadog, run }) => {
    const then = new Date(Date.now() + 3_000);
    datadog.script(answer(429, '', { 'Retry-After': then.toUTCString() }));
    expect((await run()).exitCode).toBe(0);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(1_500);
  });

  test('is waited for until X-RateLimit-Reset, a Unix time', async ({ datadog, run }) => {
    const then = Math.ceil(Date.now() / 1000) + 2;
    datadog.script(answer(503, '', { 'X-RateLimit-Reset': `${then}` }));
    expect((await run()).exitCode).toBe(0);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(1_500);
  });

  test('that lasts too long is a failure at once, which says how long', async ({ datadog, run }) => {
    const headers = { 'X-RateLimit-Reset': '120', 'X-RateLimit-Name': 'opsgenie_accounts' };
    datadog.script(answer(429, { errors: ['slow down'] }, headers));
    const result = await run({ timeout: '30' });
    expect(result.exitCode).toBe(1);
    expect(result.errors[0]?.title).toBe(FAILURES['rate-limited'].title);
    expect(result.errors[0]?.message).toContain('120 s');
    expect(result.errors[0]?.message).toContain('opsgenie_accounts');
    expect(result.outputs).toMatchObject({ status_code: '429', attempts: '1', errors: '["slow down"]' });
    expect(datadog.requests).toHaveLength(1);
    expect(result.duration).toBeLessThan(5_000);
  });

  test('of the simulated Datadog is kept to', async ({ datadog, run }) => {
    datadog.organisation.rateLimit = { limit: 1, periodSeconds: 2 };
    for (let count = 0; count < 2; count += 1) expect((await run()).exitCode).toBe(0);
  });
});

describe('a server that does not answer', () => {
  test('costs no more than the timeout', async ({ datadog, run }) => {
    datadog.script(() => {});
    const result = await run({ timeout: '2' });
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]?.title).toBe(FAILURES['no-answer'].title);
    expect(result.errors[0]?.message).toContain('may have been applied');
    expect(result.outputs).toMatchObject({ status_code: '', attempts: '1' });
    expect(result.duration).toBeLessThan(4_000);
  });
});
