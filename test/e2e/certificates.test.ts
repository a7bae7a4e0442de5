import { describe, expect } from 'vitest';
import type { StepResult } from '../../simulation/runner.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const HOSTS = ['api.datadoghq.com'];

/** Checks that a run gave up at once and that nobody received a request, and so no key. */
function expectNothingSent(result: StepResult, datadog: SimulatedServer): void {
  expectFailure(result, 'certificate');
  expect(result.outputs.attempts).toBe('1');
  expect(saysMayBeApplied(result)).toBe(false);
  expect(datadog.tunnels).toHaveLength(1);
  expect(datadog.requests).toEqual([]);
}

describe('an untrusted certificate ends the run at once, before any key is sent', () => {
  test('from an unknown authority', async ({ datadog, run }) => {
    const result = await run({}, { env: { NODE_EXTRA_CA_CERTS: '' } });
    expectNothingSent(result, datadog);
    expect(result.errors[0]?.message).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('for another host', async ({ datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issue(['api.datadoghq.com.evil.example']));
    const result = await run();
    expectNothingSent(result, datadog);
    expect(result.errors[0]?.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('that has expired', async ({ datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issue(HOSTS, new Date(Date.now() - 60_000)));
    const result = await run();
    expectNothingSent(result, datadog);
    expect(result.errors[0]?.message).toContain('CERT_HAS_EXPIRED');
  });

  test.for(['SHA-1 signature', '1024-bit RSA key'] as const)('with a %s', async (weakness, { datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issueWeak(HOSTS, weakness));
    const result = await run();
    expectNothingSent(result, datadog);
    // Node has no code for these.
    expect(result.errors[0]?.message).toContain('UNSPECIFIED');
  });

  test('even if the environment disables verification', async ({ datadog, run }) => {
    const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const result = await run({}, { env });
    expectNothingSent(result, datadog);
    expect(result.raw).not.toContain('Warning');
  });
});

test('a new certificate from a trusted authority is accepted', async ({ datadog, run }) => {
  datadog.useCertificate(await datadog.authority.issue(HOSTS));
  expect(await run()).toMatchObject({ exitCode: 0 });
});
