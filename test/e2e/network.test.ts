import { describe, expect } from 'vitest';
import { always, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, expectInTime, saysMayBeApplied } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { resolveEveryName } from '../support/preload.ts';

describe('after the request was sent, the update may have been applied, and the failure is', () => {
  test.for<[string, FailureKind, Script, RegExp, boolean]>([
    [
      'a lost connection',
      'network',
      (request) => request.socket.destroy(),
      /broke before the response was complete/,
      true,
    ],
    ['no response', 'network', () => {}, /did not send a complete response within/, false],
    [
      'endless interim responses',
      'network',
      (_, response) => {
        const timer = setInterval(() => response.writeProcessing(), 50);
        response.on('close', () => clearInterval(timer));
      },
      /did not send a complete response within/,
      false,
    ],
    [
      'a response that is not HTTP',
      'unexpected-response',
      (request) => request.socket.end('220 mail.example ESMTP\r\n'),
      /an invalid HTTP response/,
      false,
    ],
    [
      'an illegible response',
      'unexpected-response',
      (request) => request.socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      /an invalid HTTP response/,
      false,
    ],
    [
      'endless headers',
      'unexpected-response',
      (request) => request.socket.write(`HTTP/1.1 200 OK\r\n${'x: yyyyyyyy\r\n'.repeat(9999)}`),
      /headers that are too large/,
      false,
    ],
    [
      'a switch to another protocol',
      'unexpected-response',
      (request) =>
        request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'),
      /101 Switching Protocols, which was not requested/,
      false,
    ],
  ])('%s', async ([, kind, script, reason, isRetried], { datadog, run }) => {
    datadog.script(...always(script));
    const result = await run({ timeout: `${SHORT_TIMEOUT}` });
    expectFailure(result, kind, result.outputs.status_code);
    expect(result.errors[0]?.message).toMatch(reason);
    expect(saysMayBeApplied(result)).toBe(true);
    expect(Number(result.outputs.attempts) > 1).toBe(isRetried);
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
      'plain HTTP on port 443',
      'network',
      (client) => {
        client.write(open);
        client.once('data', () => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      },
      /No TLS connection to .*: it sent something other than TLS \([a-z ]+\)\.(?!.*OpenSSL|.*error:)/,
    ],
    [
      'a TLS alert',
      'network',
      (client) => {
        client.write(open);
        // A fatal handshake_failure.
        client.once('data', () => client.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])));
      },
      /No TLS connection to .*: [\w/ ]*alert handshake failure\./,
    ],
    ['a proxy without a response to CONNECT', 'proxy', () => {}, /The proxy .* did not respond to CONNECT within/],
    ['a proxy that drops CONNECT', 'proxy', (client) => client.destroy(), /No connection to .*through the proxy/],
    [
      'a proxy that does not speak HTTP',
      'proxy',
      (client) => client.end('220 mail.example ESMTP\r\n'),
      /No connection to .*through the proxy/,
    ],
  ])('%s', async ([, kind, script, reason], { datadog, run }) => {
    datadog.scriptProxy(...always(script));
    const result = await run({ timeout: '6' });
    expectFailure(result, kind);
    expect(result.errors[0]?.message).toMatch(reason);
    expect(result.outputs.updated).toBe('false');
    expect(datadog.requests).toEqual([]);
    expectInTime(result, 6);
  });

  test.for([
    ['a name that does not exist', 'ENOTFOUND', /No connection to api\.us9\.datadoghq\.com: getaddrinfo ENOTFOUND/],
    ['a host that refuses connections', '127.0.0.1', /No connection to api\.us9\.datadoghq\.com: connect ECONNREFUSED/],
  ] as const)('%s is retried for at most 30 seconds', async ([, resolved, reason], { run }) => {
    const result = await run({ site: 'us9.datadoghq.com' }, { env: resolveEveryName(resolved) });
    expectFailure(result, 'network');
    expect(result.errors[0]?.message).toMatch(reason);
    expect(result.errors[0]?.message).toContain('Check `site`: Datadog documents no site us9.datadoghq.com');
    expect(result.outputs.updated).toBe('false');
    expect(Number(result.outputs.attempts)).toBeGreaterThan(3);
    expectInTime(result, 30);
  });
});
