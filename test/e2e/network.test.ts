import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { always, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

const CONFIRMED = JSON.stringify({ data: resource(ACCOUNT, 'eu') });
const TIMEOUT = { timeout: '3' };
/** What the action promises: it ends within `timeout` plus two seconds. */
const PROMISED = 5_000;

/** Writes one byte at a time, slower than any timeout, until the client has gone. */
async function drip(response: ServerResponse, text: string): Promise<void> {
  const { socket } = response;
  for (const byte of text) {
    if (socket === null || socket.destroyed) return;
    socket.write(byte);
    await new Promise((done) => setTimeout(done, 200));
  }
}

describe('a fault that lasts ends in one annotation, in time', () => {
  const atDatadog: { readonly [name: string]: readonly [FailureKind, Script] } = {
    'reset before the answer': ['answer-cut-off', (request) => request.socket.destroy()],
    'reset amid the headers': ['answer-cut-off', (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-')],
    'a body shorter than its length': [
      'answer-cut-off',
      (request) => request.socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n${CONFIRMED}`),
    ],
    'a body without a length, cut off': [
      'answer-cut-off',
      (request) => request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${CONFIRMED.slice(0, -3)}`),
    ],
    'no answer': ['no-answer', () => {}],
    'headers one byte at a time': [
      'no-answer',
      (_, response) => void drip(response, `HTTP/1.1 200 OK\r\n${'x'.repeat(999)}`),
    ],
    'a body one byte at a time': [
      'no-answer',
      (_, response) => void drip(response, `HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n${' '.repeat(999)}`),
    ],
    'interim answers without end': [
      'no-answer',
      (_, response) => {
        const timer = setInterval(() => response.writeProcessing(), 50);
        response.on('close', () => clearInterval(timer));
      },
    ],
  };
  test.for(Object.entries(atDatadog))('%s', async ([, [kind, script]], { datadog, run }) => {
    datadog.script(...always(script));
    const result = await run(TIMEOUT);
    expectFailure(result, kind, result.outputs.status_code);
    expect(saysMayBeApplied(result)).toBe(true);
    // The deadline may cut the last attempt short before its request arrives.
    expect(Number(result.outputs.attempts) - datadog.requests.length).toBeOneOf([0, 1]);
    expect(result.duration).toBeLessThan(PROMISED);
  });

  const before: { readonly [name: string]: readonly [FailureKind, ProxyScript] } = {
    'a TLS handshake that stalls': ['no-answer', (client) => client.write('HTTP/1.1 200 OK\r\n\r\n')],
    'a connection reset amid the TLS handshake': [
      'unreachable',
      (client) => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.once('data', () => client.destroy());
      },
    ],
    'a server without TLS': [
      'answer-cut-off',
      (client) => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.once('data', () => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      },
    ],
    'a proxy that never answers CONNECT': ['no-answer', () => {}],
    'a proxy that drops CONNECT': ['proxy-failed', (client) => client.destroy()],
    'a proxy that answers no HTTP': ['proxy-failed', (client) => client.end('220 mail.example ESMTP\r\n')],
    'a proxy that cannot reach Datadog': [
      'proxy-failed',
      (client) => client.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'),
    ],
  };
  test.for(Object.entries(before))('%s', async ([, [kind, script]], { datadog, run }) => {
    datadog.scriptProxy(...always(script));
    const result = await run(TIMEOUT);
    expectFailure(result, kind);
    expect(datadog.requests).toEqual([]);
    if (kind === 'proxy-failed' || kind === 'unreachable') expect(saysMayBeApplied(result)).toBe(false);
    expect(result.duration).toBeLessThan(PROMISED);
  });

  test('a proxy that is not there', async ({ run }) => {
    const result = await run(TIMEOUT, { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    expectFailure(result, 'proxy-failed');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(Number(result.outputs.attempts)).toBeGreaterThan(1);
    expect(result.duration).toBeLessThan(PROMISED);
  });

  test('a host that refuses the connection', async ({ run }) => {
    const env = { HTTPS_PROXY: '', ...watchNetwork().environment, NETWORK_LOCAL: 'true' };
    const result = await run(TIMEOUT, { env });
    expectFailure(result, 'unreachable');
    expect(result.errors[0]?.message).toContain('ECONNREFUSED');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.duration).toBeLessThan(PROMISED);
  });

  test('a name that cannot be looked up', async ({ run }) => {
    const result = await run(TIMEOUT, { env: { HTTPS_PROXY: '', ...watchNetwork().environment } });
    expectFailure(result, 'unreachable');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.duration).toBeLessThan(PROMISED);
  });
});

describe('a fault that passes ends in a success', () => {
  const faults: { readonly [name: string]: ProxyScript } = {
    'a proxy that drops CONNECT': (client) => client.destroy(),
    'a proxy that cannot reach Datadog': (client) => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    'a connection reset amid the TLS handshake': (client) => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.once('data', () => client.destroy());
    },
  };
  test.for(Object.entries(faults))('%s', async ([, script], { datadog, run }) => {
    datadog.scriptProxy(script);
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(result.outputs.attempts).toBe('2');
  });
});

describe('what trying again cannot help is final at once', () => {
  test('a proxy that wants a login', async ({ datadog, run }) => {
    datadog.scriptProxy(
      ...always<ProxyScript>((client) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')),
    );
    const result = await run();
    expectFailure(result, 'proxy-login');
    expect(datadog.tunnels).toHaveLength(1);
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('a proxy that forbids it', async ({ datadog, run }) => {
    datadog.scriptProxy(...always<ProxyScript>((client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')));
    const result = await run();
    expectFailure(result, 'proxy-refused');
    expect(datadog.tunnels).toHaveLength(1);
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('an answer of 64 MiB, of which little is read', async ({ datadog, run }) => {
    let written = 0;
    datadog.script(async (request, response) => {
      response.writeHead(200, { 'Content-Length': 64 * 1024 * 1024 });
      for (let chunk = 0; chunk < 1024 && !response.destroyed; chunk += 1) {
        if (!response.write(Buffer.alloc(64 * 1024, ' ')))
          await Promise.race([once(response, 'drain'), once(response, 'close')]);
        written = request.socket.bytesWritten;
      }
    });
    const result = await run();
    expectFailure(result, 'answer-too-large', '200');
    expect(datadog.requests).toHaveLength(1);
    expect(written).toBeLessThan(16 * 1024 * 1024);
    expect(saysMayBeApplied(result)).toBe(true);
  });

  test('headers without end', async ({ datadog, run }) => {
    datadog.script((request) => request.socket.write(`HTTP/1.1 200 OK\r\n${'x: yyyyyyyy\r\n'.repeat(9999)}`));
    const result = await run();
    expectFailure(result, 'answer-too-large');
    expect(result.errors[0]?.message).toContain('headers');
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });
});
