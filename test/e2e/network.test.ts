import { describe, expect } from 'vitest';
import { always, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { attemptsOf, errorOf, expectFailure, expectInTime } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { preload } from '../support/preload.ts';

describe('after the request was sent, the update may have been applied if Datadog', () => {
  test.for<[string, FailureKind, Script, RegExp]>([
    ['does not respond', 'network', () => {}, /No complete response from .* within/],
    [
      'sends a response that is not HTTP',
      'unexpected-response',
      (request) => request.socket.end('220 mail.example ESMTP\r\n'),
      /HPE_/,
    ],
    [
      // Its connection stays open, and the run ends nevertheless.
      'switches to another protocol',
      'unexpected-response',
      (request) =>
        request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'),
      /101 Switching Protocols, which was not requested/,
    ],
  ])('%s', async ([, kind, script, reason], { datadog, run }) => {
    datadog.script(...always(script));
    const result = await run({ timeout: `${SHORT_TIMEOUT}` });
    expectFailure(result, kind, { updated: 'unknown' });
    expect(errorOf(result)).toMatch(reason);
    if (kind !== 'network') expect(attemptsOf(result)).toBe(1);
    expectInTime(result, SHORT_TIMEOUT);
  });
});

describe('without a secure connection, nothing is sent, and the update fails after', () => {
  test.for<[string, Buffer | undefined, RegExp]>([
    ['a TLS handshake without a response', undefined, /No TLS connection to api\.datadoghq\.com .*within/],
    [
      'a fatal TLS alert',
      Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]),
      /No TLS connection to [^\n]*: [\w/ ]*alert handshake failure\./,
    ],
  ])('%s', async ([, alert, reason], { datadog, run }) => {
    const script: ProxyScript = (client) => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (alert !== undefined) client.once('data', () => client.end(alert));
    };
    datadog.scriptProxy(...always(script));
    const result = await run({ timeout: `${SHORT_TIMEOUT}` });
    expectFailure(result, 'network');
    expect(errorOf(result)).toMatch(reason);
    expect(datadog.requests).toEqual([]);
    expectInTime(result, SHORT_TIMEOUT);
  });
});

test('a host whose name does not exist is tried again for at most 30 seconds', async ({ run }) => {
  const code = `
    import dns from 'node:dns';
    dns.lookup = (host, options, done) => setImmediate(() =>
      done(Object.assign(new Error('getaddrinfo ENOTFOUND ' + host), { code: 'ENOTFOUND' })));`;
  const result = await run({}, { env: { HTTPS_PROXY: '', ...preload(code) } });
  expectFailure(result, 'network');
  expect(errorOf(result)).toContain('No connection to api.datadoghq.com: getaddrinfo ENOTFOUND api.datadoghq.com.');
  expect(attemptsOf(result)).toBeGreaterThan(3);
  expectInTime(result, 30);
});
