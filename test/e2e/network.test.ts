import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { always, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, expectInTime, saysMayBeApplied } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

const CONFIRMATION = JSON.stringify({ data: resource(ACCOUNT, 'eu') });

/** Writes one byte at a time, slower than any timeout, until the client disconnects. */
async function drip({ socket }: ServerResponse, text: string): Promise<void> {
  for (const byte of text) {
    if (socket === null || socket.destroyed) return;
    socket.write(byte);
    await new Promise((done) => setTimeout(done, 200));
  }
}

function respondRaw(text: string): Script {
  return (request) => request.socket.end(text);
}

function respondToConnect(status: string): ProxyScript {
  return (client) => client.end(`HTTP/1.1 ${status}\r\n\r\n`);
}

const resetDuringHandshake: ProxyScript = (client) => {
  client.write('HTTP/1.1 200 OK\r\n\r\n');
  client.once('data', () => client.destroy());
};

describe('a persistent failure is reported once, before the timeout', () => {
  const atDatadog: { readonly [name: string]: readonly [FailureKind, Script] } = {
    'reset before the answer': ['network', (request) => request.socket.destroy()],
    'reset within the headers': ['network', respondRaw('HTTP/1.1 200 OK\r\nContent-')],
    'body shorter than its length': [
      'network',
      respondRaw(`HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n${CONFIRMATION}`),
    ],
    'body without a length, cut off': ['network', respondRaw(`HTTP/1.1 200 OK\r\n\r\n${CONFIRMATION.slice(0, -3)}`)],
    'no answer': ['network', () => {}],
    'headers byte by byte': ['network', (_, response) => void drip(response, `HTTP/1.1 200 OK\r\n${'x'.repeat(999)}`)],
    'body byte by byte': [
      'network',
      (_, response) => void drip(response, `HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n${' '.repeat(999)}`),
    ],
    'endless interim answers': [
      'network',
      (_, response) => {
        const timer = setInterval(() => response.writeProcessing(), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
  };
  test.for(Object.entries(atDatadog))('%s', async ([, [kind, script]], { datadog, run }) => {
    datadog.script(...always(script));
    const timeout = SHORT_TIMEOUT;
    const result = await run({ timeout: `${timeout}` });
    expectFailure(result, kind, result.outputs.status_code);
    expect(saysMayBeApplied(result)).toBe(true);
    // The deadline may end the last attempt before its request arrives.
    expect(Number(result.outputs.attempts) - datadog.requests.length).toBeOneOf([0, 1]);
    expectInTime(result, timeout);
  });

  const beforeTheRequest: { readonly [name: string]: readonly [FailureKind, ProxyScript] } = {
    'TLS handshake that stalls': ['network', (client) => client.write('HTTP/1.1 200 OK\r\n\r\n')],
    'connection reset during the TLS handshake': ['network', resetDuringHandshake],
    'server without TLS': [
      'network',
      (client) => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.once('data', () => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      },
    ],
    'proxy that never answers CONNECT': ['network', () => {}],
    'proxy that drops CONNECT': ['proxy', (client) => client.destroy()],
    'proxy that does not speak HTTP': ['proxy', (client) => client.end('220 mail.example ESMTP\r\n')],
    'proxy that cannot reach Datadog': ['proxy', respondToConnect('503 Service Unavailable')],
  };
  test.for(Object.entries(beforeTheRequest))('%s', async ([, [kind, script]], { datadog, run }) => {
    datadog.scriptProxy(...always(script));
    const timeout = SHORT_TIMEOUT;
    const result = await run({ timeout: `${timeout}` });
    expectFailure(result, kind);
    expect(datadog.tunnels.length).toBeGreaterThan(0);
    expect(datadog.requests).toEqual([]);
    if (kind === 'proxy') expect(saysMayBeApplied(result)).toBe(false);
    expectInTime(result, timeout);
  });

  test('proxy that is down', async ({ run }) => {
    const result = await run({ timeout: `${SHORT_TIMEOUT}` }, { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    expectFailure(result, 'proxy');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(Number(result.outputs.attempts)).toBeGreaterThan(1);
    expectInTime(result, SHORT_TIMEOUT);
  });

  test('host that refuses connections', async ({ run }) => {
    const env = { HTTPS_PROXY: '', ...watchNetwork().environment, NETWORK_LOCAL: 'true' };
    const result = await run({ timeout: `${SHORT_TIMEOUT}` }, { env });
    expectFailure(result, 'network');
    expect(result.errors[0]?.message).toContain('ECONNREFUSED');
    expect(saysMayBeApplied(result)).toBe(false);
    expectInTime(result, SHORT_TIMEOUT);
  });

  test('host that does not exist', async ({ run }) => {
    const result = await run(
      { timeout: `${SHORT_TIMEOUT}` },
      { env: { HTTPS_PROXY: '', ...watchNetwork().environment } },
    );
    expectFailure(result, 'network');
    expect(result.errors[0]?.message).toContain('ENOTFOUND');
    expect(saysMayBeApplied(result)).toBe(false);
    expectInTime(result, SHORT_TIMEOUT);
  });
});

describe('a transient failure is retried until it succeeds', () => {
  const faults: { readonly [name: string]: ProxyScript } = {
    'proxy that drops CONNECT': (client) => client.destroy(),
    'proxy that cannot reach Datadog': respondToConnect('502 Bad Gateway'),
    'connection reset during the TLS handshake': resetDuringHandshake,
  };
  test.for(Object.entries(faults))('%s', async ([, script], { datadog, run }) => {
    datadog.scriptProxy(script);
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(result.outputs.attempts).toBe('2');
  });
});

describe('a fault that a retry cannot fix is final', () => {
  test.for([
    // tinyproxy answers 401 to a wrong password.
    ['proxy', '401 Unauthorized'],
    ['proxy', '407 Proxy Authentication Required'],
    ['proxy', '403 Forbidden'],
  ] as const)('%s: the proxy answers %s', async ([kind, status], { datadog, run }) => {
    datadog.scriptProxy(...always(respondToConnect(status)));
    const result = await run();
    expectFailure(result, kind);
    expect(result.outputs.attempts).toBe('1');
    expect(datadog.tunnels).toHaveLength(1);
    expect(datadog.requests).toEqual([]);
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('an answer of 64 MiB, of which only the start is read', async ({ datadog, run }) => {
    let written = 0;
    datadog.script(async (request, response) => {
      const closed = once(response, 'close');
      response.writeHead(200, { 'Content-Length': 64 * 1024 * 1024 });
      for (let chunk = 0; chunk < 1024 && !response.destroyed; chunk += 1) {
        if (!response.write(Buffer.alloc(64 * 1024, ' '))) await Promise.race([once(response, 'drain'), closed]);
        written = request.socket.bytesWritten;
      }
    });
    const result = await run();
    expectFailure(result, 'unexpected-response', '200');
    expect(datadog.requests).toHaveLength(1);
    expect(written).toBeLessThan(16 * 1024 * 1024);
    expect(saysMayBeApplied(result)).toBe(true);
  });

  test('headers that never end', async ({ datadog, run }) => {
    datadog.script((request) => request.socket.write(`HTTP/1.1 200 OK\r\n${'x: yyyyyyyy\r\n'.repeat(9999)}`));
    const result = await run();
    expectFailure(result, 'unexpected-response');
    expect(result.errors[0]?.message).toContain('headers');
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });
});
