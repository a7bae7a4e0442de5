import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { startDatadog } from '../../simulation/scenario.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { type Answer, exchange, networkFailure } from '../../src/datadog/client.ts';

function patch(datadog: SimulatedServer, timeLimit: number): Promise<Answer> {
  vi.stubEnv('HTTPS_PROXY', datadog.environment.HTTPS_PROXY);
  setDefaultCACertificates([readFileSync(datadog.environment.NODE_EXTRA_CA_CERTS, 'utf8')]);
  const url = new URL('https://api.datadoghq.com/');
  return exchange({ method: 'PATCH', url, headers: {}, body: '{}' }, timeLimit, () => {});
}

beforeEach(() => {
  for (const name of ['https_proxy', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, undefined);
});

describe('an exchange', () => {
  test('that runs out of time does not go on beside the next one', async () => {
    await using datadog = await startDatadog();
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    datadog.script((request) => resolve(once(request.socket, 'close')));
    await expect(patch(datadog, 300)).rejects.toMatchObject({ kind: 'no-answer', mayBeApplied: true });
    await closed;
  });

  test('takes an answer of the largest size, and none that is one byte larger', async () => {
    await using datadog = await startDatadog();
    for (const size of [65_536, 65_537]) datadog.script((_, response) => response.end('x'.repeat(size)));
    expect((await patch(datadog, 5_000)).body).toHaveLength(65_536);
    await expect(patch(datadog, 5_000)).rejects.toMatchObject({
      kind: 'answer-too-large',
      status: 200,
      mayBeApplied: true,
    });
  });

  test('keeps the error that broke it as the cause of the failure', async () => {
    await using datadog = await startDatadog();
    datadog.script((request) => request.socket.destroy());
    await expect(patch(datadog, 5_000)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });
});

describe('an error of the network', () => {
  const tunnel = 'tunneling socket could not be established';
  test.each([
    // https://nodejs.org/api/errors.html#common-system-errors and https://nodejs.org/api/dns.html#error-codes
    ['ECONNREFUSED', '', 'unreachable', false],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND api.datadoghq.com', 'unreachable', false],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.datadoghq.com', 'unreachable', false],
    ['EHOSTUNREACH', '', 'unreachable', false],
    ['ENETUNREACH', '', 'unreachable', false],
    ['ECONNRESET', 'socket disconnected before secure TLS connection was established', 'unreachable', false],
    ['ETIMEDOUT', 'connect ETIMEDOUT 192.0.2.1:443', 'unreachable', false],
    ['ECONNRESET', 'got illegal response body from proxy', 'proxy-failed', false],
    ['ECONNRESET', 'aborted', 'answer-cut-off', true],
    ['EPIPE', 'write EPIPE', 'answer-cut-off', true],
    ['ETIMEDOUT', '', 'answer-cut-off', true],
    ['ENOTFOUND_LATER', '', 'answer-cut-off', true],
    ['HPE_INVALID_CONSTANT', 'Parse Error', 'answer-cut-off', true],
    ['HPE_HEADER_OVERFLOW', 'headers', 'answer-too-large', true],
    // https://nodejs.org/api/tls.html#x509-certificate-error-codes
    ['CERT_HAS_EXPIRED', '', 'certificate', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '', 'certificate', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', '', 'certificate', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', 'certificate', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'certificate', false],
    ['INVALID_CA', '', 'certificate', false],
    ['PATH_LENGTH_EXCEEDED', '', 'certificate', false],
    ['HOSTNAME_MISMATCH', '', 'certificate', false],
    ['ECONNRESET', `${tunnel}, cause=unable to verify the first certificate`, 'certificate', false],
    ['ECONNRESET', `${tunnel}, cause=connect ECONNREFUSED 127.0.0.1:9`, 'proxy-failed', false],
    ['ECONNRESET', `${tunnel}, statusCode=407`, 'proxy-login', false],
    ['ECONNRESET', `${tunnel}, statusCode=499`, 'proxy-refused', false],
    ['ECONNRESET', `${tunnel}, statusCode=500`, 'proxy-failed', false],
  ])('%s (%s) is the failure %s', (code, message, kind, mayBeApplied) => {
    const error = Object.assign(new Error(message), { code });
    const failure = networkFailure(error, 'api.datadoghq.com');
    expect(failure).toMatchObject({ kind, mayBeApplied, cause: error });
    expect(failure.message).toContain(message.replace(/^.*(?:cause|statusCode)=/, '') || code);
    expect(failure.message).not.toContain('undefined');
  });

  test('for several addresses is told by the first', () => {
    const [first, second] = ['192.0.2.1', '2001:db8::1'].map(
      (address) => new Error(`connect ETIMEDOUT ${address}:443`),
    );
    const error = Object.assign(new AggregateError([first, second]), { code: 'ETIMEDOUT' });
    const failure = networkFailure(error, 'api.datadoghq.com');
    expect(failure).toMatchObject({ kind: 'unreachable', mayBeApplied: false, cause: error });
    expect(failure.message).toContain('192.0.2.1');
  });

  test.each([
    [new TypeError('x is not a function')],
    ['ECONNRESET'],
    [{ code: 'ECONNRESET' }],
    [Object.assign(new Error('x'), { code: 7 })],
  ])('is not what is a fault of this action: %j', (thrown) => {
    expect(networkFailure(thrown, 'api.datadoghq.com')).toMatchObject({ kind: 'internal', cause: thrown });
  });
});
