import { describe, expect } from 'vitest';
import { always, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { attemptsOf, errorOf, expectFailure, expectInTime } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { resolveEveryName } from '../support/preload.ts';

describe('after the request was sent, the update may have been applied, and the failure is', () => {
  test.for<[string, FailureKind, Script, RegExp]>([
    ['a lost connection', 'network', (request) => request.socket.destroy(), /No complete response from .*: \w/],
    ['no response', 'network', () => {}, /No complete response from .* within/],
    [
      'a response that is not HTTP',
      'unexpected-response',
      (request) => request.socket.end('220 mail.example ESMTP\r\n'),
      /HPE_/,
    ],
    [
      'endless headers',
      'unexpected-response',
      (request) => request.socket.write(`HTTP/1.1 200 OK\r\n${'x: yyyyyyyy\r\n'.repeat(9999)}`),
      /HPE_HEADER_OVERFLOW/,
    ],
    [
      'a switch to another protocol',
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

describe('without a secure connection, nothing was sent:', () => {
  const open = 'HTTP/1.1 200 Connection established\r\n\r\n';
  test.for<[string, FailureKind, ProxyScript, RegExp]>([
    [
      'a TLS handshake without a response',
      'network',
      (client) => client.write(open),
      /No TLS connection to api\.datadoghq\.com .*within/,
    ],
    [
      'a TLS alert',
      'network',
      (client) => {
        client.write(open);
        // A fatal handshake_failure.
        client.once('data', () => client.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])));
      },
      /No TLS connection to [^\n]*: [\w/ ]*alert handshake failure\./,
    ],
    ['a proxy without a response to CONNECT', 'proxy', () => {}, /No connection to .*through the proxy.* within/],
    ['a proxy that drops CONNECT', 'proxy', (client) => client.destroy(), /No connection to .*through the proxy/],
  ])('%s', async ([, kind, script, reason], { datadog, run }) => {
    datadog.scriptProxy(...always(script));
    const result = await run({ timeout: `${SHORT_TIMEOUT}` });
    expectFailure(result, kind);
    expect(errorOf(result)).toMatch(reason);
    expect(datadog.requests).toEqual([]);
    expectInTime(result, SHORT_TIMEOUT);
  });

  test.for([
    ['a name that does not exist', 'ENOTFOUND', {}, /No connection to api\.datadoghq\.com: getaddrinfo ENOTFOUND/],
    [
      'a host that refuses connections',
      '127.0.0.1',
      { verify_key: 'true' },
      /No connection to api\.eu\.opsgenie\.com: connect ECONNREFUSED/,
    ],
  ] as const)('%s is retried for at most 30 seconds', async ([, resolved, inputs, reason], { run }) => {
    const result = await run(inputs, { env: resolveEveryName(resolved) });
    expectFailure(result, 'network');
    expect(errorOf(result)).toMatch(reason);
    expect(attemptsOf(result)).toBeGreaterThan(3);
    expectInTime(result, 30);
  });
});
