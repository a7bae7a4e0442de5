import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import { expectFailure, expectInTime, gap, saysMayBeApplied } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

const CONFIRMATION = JSON.stringify({ data: resource(ACCOUNT, 'eu') });

describe('a transient failure is retried', () => {
  const faults: { readonly [name: string]: Script } = {
    ...Object.fromEntries([408, 500, 502, 503, 504].map((status) => [`${status}`, respond(status, 'busy')])),
    'connection reset before the answer': (request) => request.socket.destroy(),
    'answer cut off after its headers': (_, response) => {
      response.writeHead(200, { 'Content-Length': CONFIRMATION.length }).flushHeaders();
      response.socket?.end();
    },
    'body shorter than its length': (_, response) => {
      response.writeHead(200, { 'Content-Length': CONFIRMATION.length }).write(CONFIRMATION.slice(0, 40));
      setImmediate(() => response.destroy());
    },
    'chunked body without the last chunk': (_, response) => {
      response.writeHead(200).write(CONFIRMATION.slice(0, 40));
      setImmediate(() => response.destroy());
    },
    'body without a length, cut off': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${CONFIRMATION.slice(0, 40)}`);
    },
    'body after white space, cut off': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n\n ${CONFIRMATION.slice(0, 40)}`);
    },
    '502 with a wait, which counts only for 429 and 503': respond(502, '', { 'Retry-After': '999' }),
    'answer that is not HTTP': (request) => {
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
    expect(result.log.match(/Attempt 1: .+ Retrying in [\d.]+ s \(attempt 2\)\./g)).toHaveLength(1);
  });

  test('until the time is up', async ({ datadog, run }) => {
    datadog.script(...always(respond(500, { errors: ['Internal error'] })));
    const result = await run({ timeout: `${SHORT_TIMEOUT}` });
    expectFailure(result, 'unavailable', '500');
    expect(result.errors[0]?.message).toContain('Internal error');
    expect(result.errors[0]?.message).toMatch(/\d attempts were made\. .*`timeout`/);
    expect(saysMayBeApplied(result)).toBe(true);
    // The deadline may end the last attempt before its request arrives.
    expect(Number(result.outputs.attempts) - datadog.requests.length).toBeOneOf([0, 1]);
    expect(datadog.requests.length).toBeGreaterThan(1);
    expectInTime(result, SHORT_TIMEOUT);
  });

  test('for at most 90 seconds and a dozen attempts if the host does not exist', { timeout: 180_000 }, async ({
    run,
  }) => {
    const result = await run({}, { env: { HTTPS_PROXY: '', ...watchNetwork().environment } });
    expectFailure(result, 'network');
    expect(Number(result.outputs.attempts)).toBeLessThanOrEqual(12);
    // A look at the network, the VPN, or the proxy may bring it back within seconds.
    expect(Number(result.outputs.attempts)).toBeGreaterThan(3);
    expect(result.duration).toBeLessThan(90_000);
  });
});

describe('the wait for a rate limit', () => {
  test('lasts as many seconds as X-RateLimit-Reset says', async ({ datadog, run }) => {
    datadog.script(respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '2' }));
    expect((await run()).exitCode).toBe(0);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
  });

  // A runner's clock may be wrong, so a date only means something relative to the answer's own date.
  test.for([
    ['on time', 0],
    ['ten minutes ahead', 600_000],
    ['ten minutes behind', -600_000],
  ] as const)(
    'lasts until the date in Retry-After, measured against a server clock %s',
    async ([, offset], { datadog, run }) => {
      datadog.script((request, response) => {
        const date = Date.now() + offset;
        const [now, then] = [date, date + 2_000].map((time) => new Date(time).toUTCString());
        respond(429, '', { Date: `${now}`, 'Retry-After': `${then}` })(request, response);
      });
      const result = await run({ timeout: '120' });
      expect(result.exitCode).toBe(0);
      expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
    },
  );

  test('lasts until X-RateLimit-Reset if that is a Unix time', async ({ datadog, run }) => {
    datadog.script((request, response) => {
      const seconds = Math.floor(Date.now() / 1000);
      const headers = { Date: new Date(seconds * 1000).toUTCString(), 'X-RateLimit-Reset': `${seconds + 2}` };
      respond(503, '', headers)(request, response);
    });
    expect((await run()).exitCode).toBe(0);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
  });

  test('does not start if it is longer than the timeout, and the annotation names both', async ({ datadog, run }) => {
    const headers = { 'X-RateLimit-Reset': '120', 'X-RateLimit-Name': 'opsgenie_accounts' };
    datadog.script(...always(respond(429, { errors: ['slow down'] }, headers)));
    const result = await run({ timeout: '60' });
    expectFailure(result, 'rate-limited', '429');
    const [{ message } = { message: '' }] = result.errors;
    expect(message).toContain('opsgenie_accounts');
    expect(message).toMatch(/The server asks to wait 120 s, but only \d\d s of `timeout` are left\./);
    expect(result.outputs).toMatchObject({ attempts: '1', errors: '["slow down"]' });
    expect(datadog.requests).toHaveLength(1);
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.duration).toBeLessThan(45_000);
  });

  test('is respected by runs that follow each other', async ({ datadog, run }) => {
    datadog.organization.rateLimit = { limit: 1, periodSeconds: 2 };
    for (let count = 0; count < 2; count += 1) expect((await run()).exitCode).toBe(0);
  });
});

test('a server that does not answer costs no more than the timeout', async ({ datadog, run }) => {
  datadog.script(...always<Script>(() => {}));
  const result = await run({ timeout: '4' });
  expectFailure(result, 'network');
  expect(result.outputs.attempts).toBe('1');
  expect(saysMayBeApplied(result)).toBe(true);
  expectInTime(result, 4);
});
