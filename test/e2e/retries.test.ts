import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { always, type ProxyScript, respond, type Script } from '../../simulation/scripts.ts';
import { expectFailure, expectInTime, gap, saysMayBeApplied } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';

const CONFIRMATION = JSON.stringify({ data: resource(ACCOUNT, 'eu') });

describe('after a transient failure, the next attempt succeeds:', () => {
  const faults: { readonly [name: string]: Script } = {
    'a status such as 503, with a page of 2 MiB': respond(503, `<html>${'x'.repeat(2 ** 21)}`),
    'a refusal, because credentials can be too new': respond(403, { errors: ['Forbidden'] }),
    'a connection reset before the response': (request) => request.socket.destroy(),
    'a body shorter than its length': (_, response) => {
      response.writeHead(200, { 'Content-Length': CONFIRMATION.length }).write(CONFIRMATION.slice(0, 40));
      setImmediate(() => response.destroy());
    },
    'a body without a length, cut off': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${CONFIRMATION.slice(0, 40)}`);
    },
  };
  test.for(Object.entries(faults))('%s', async ([, fault], { datadog, run }) => {
    datadog.script(fault);
    const result = await run();
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'true', attempts: '2' } });
    expect(result.log).toMatch(/^Attempt 1: .+ Retrying in [\d.]+ s \(attempt 2\)\.$/m);
  });

  const beforeTheRequest: { readonly [name: string]: ProxyScript } = {
    'a proxy that cannot reach Datadog': (client) => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    'a connection reset during the TLS handshake': (client) => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.once('data', () => client.destroy());
    },
  };
  test.for(Object.entries(beforeTheRequest))('%s', async ([, script], { datadog, run }) => {
    datadog.scriptProxy(script);
    expect(await run()).toMatchObject({ exitCode: 0, outputs: { attempts: '2' } });
  });
});

test('a persistent failure is reported once, before `timeout`', async ({ datadog, run }) => {
  datadog.script(...always(respond(500, { errors: ['Internal error'] })));
  const result = await run({ timeout: `${SHORT_TIMEOUT}` });
  expectFailure(result, 'unavailable', '500');
  expect(result.errors[0]?.message).toContain('Datadog said: Internal error');
  expect(result.errors[0]?.message).toMatch(/\d attempts were made\. /);
  expect(saysMayBeApplied(result)).toBe(true);
  expect(Number(result.outputs.attempts)).toBeGreaterThan(1);
  expectInTime(result, SHORT_TIMEOUT);
});

describe('a rate limit', () => {
  test('delays the next attempt for as long as Datadog asks', async ({ datadog, run }) => {
    datadog.script(respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '2' }));
    expect(await run()).toMatchObject({ exitCode: 0, outputs: { attempts: '2' } });
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
  });

  test('fails the step immediately if the wait is longer than `timeout`', async ({ datadog, run }) => {
    const headers = { 'X-RateLimit-Reset': '120', 'X-RateLimit-Name': 'opsgenie_accounts' };
    datadog.script(...always(respond(429, { errors: ['slow down'] }, headers)));
    const result = await run({ timeout: '60' });
    expectFailure(result, 'rate-limited', '429');
    expect(result.errors[0]?.message).toContain('(rate limit opsgenie_accounts)');
    expect(result.errors[0]?.message).toMatch(/asks to wait 120 s, but only \d+ s of `timeout` is left\./);
    expect(result.outputs).toMatchObject({ updated: 'false', attempts: '1', errors: '["slow down"]' });
    expect(datadog.requests).toHaveLength(1);
  });
});
