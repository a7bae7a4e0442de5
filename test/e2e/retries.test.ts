import { describe, expect } from 'vitest';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import { attemptsOf, errorOf, expectFailure, expectInTime, gap } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';

describe('the next attempt succeeds after', () => {
  const faults: { readonly [name: string]: Script } = {
    'a status such as 503, with a page of 70 KiB': respond(503, `<html>${'x'.repeat(70 * 1024)}`),
    'a body shorter than its length': (_, response) => {
      response.writeHead(200, { 'Content-Length': 400 }).write('{"data": {');
      setImmediate(() => response.destroy());
    },
  };
  test.for(Object.entries(faults))('%s', async ([, fault], { datadog, run }) => {
    datadog.script(fault);
    const result = await run();
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'true' } });
    expect(result.log).toMatch(/^Attempt 1: .+ Retrying in [\d.]+ s \(attempt 2\)\.$/m);
    expect(datadog.requests).toHaveLength(2);
  });

  test('a connection to Opsgenie reset during the TLS handshake', async ({ datadog, run }) => {
    datadog.scriptProxy((client) => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.once('data', () => client.destroy());
    });
    const result = await run({ verify_key: 'true' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { updated: 'true' } });
    expect(datadog.tunnels).toHaveLength(3);
  });
});

test('a persistent failure is reported once, before `timeout`', async ({ datadog, run }) => {
  datadog.script(...always(respond(500, { errors: ['Internal error'] })));
  const result = await run({ timeout: `${SHORT_TIMEOUT}` });
  expectFailure(result, 'unavailable', { updated: 'unknown', status: '500' });
  expect(errorOf(result)).toContain('Error from Datadog: Internal error');
  expect(attemptsOf(result)).toBe(datadog.requests.length);
  expect(attemptsOf(result)).toBeGreaterThan(1);
  expectInTime(result, SHORT_TIMEOUT);
});

test('the last status is reported, even if later attempts get no response', async ({ datadog, run }) => {
  datadog.script(respond(503, ''), ...always<Script>((request) => request.socket.destroy()));
  const result = await run({ timeout: `${SHORT_TIMEOUT}` });
  expectFailure(result, 'network', { updated: 'unknown', status: '503' });
});

test('a rate limit delays the next attempt for as long as Datadog asks', async ({ datadog, run }) => {
  datadog.script(respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '2' }));
  expect(await run()).toMatchObject({ exitCode: 0 });
  expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
});

test('a rate limit fails the step immediately if the wait is longer than `timeout`', async ({ datadog, run }) => {
  datadog.script(...always(respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '120' })));
  const result = await run({ timeout: '60' });
  expectFailure(result, 'rate-limited', { status: '429' });
  expect(datadog.requests).toHaveLength(1);
});
