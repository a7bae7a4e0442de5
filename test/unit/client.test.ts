import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, exchange } from '../../src/datadog/client.ts';
import { startDatadog } from '../support/scenario.ts';
import type { SimulatedDatadog } from '../support/simulated-datadog.ts';

function patch(datadog: SimulatedDatadog, timeLimit: number): Promise<Answer> {
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
    for (const size of [262_144, 262_145]) datadog.script((_, response) => response.end('x'.repeat(size)));
    expect((await patch(datadog, 5_000)).body).toHaveLength(262_144);
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
