import { describe, expect } from 'vitest';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('a certificate that is not to be trusted is final at once, and no key is sent', () => {
  test('of an authority that is not known', async ({ datadog, run }) => {
    const result = await run({}, { env: { NODE_EXTRA_CA_CERTS: '' } });
    expectFailure(result, 'certificate');
    expect(result.errors[0]?.message).toContain('NODE_EXTRA_CA_CERTS');
    expect(datadog.tunnels).toHaveLength(1);
    expect(datadog.requests).toEqual([]);
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('for another name', async ({ datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issue(['api.datadoghq.com.evil.example']));
    expectFailure(await run(), 'certificate');
    expect(datadog.requests).toEqual([]);
  });

  test('that has expired', async ({ datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issue(['api.datadoghq.com'], new Date(Date.now() - 60_000)));
    expectFailure(await run(), 'certificate');
    expect(datadog.tunnels).toHaveLength(1);
    expect(datadog.requests).toEqual([]);
  });

  test('even where the environment turns the check off', async ({ datadog, run }) => {
    const env = { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const result = await run({}, { env });
    expectFailure(result, 'certificate');
    expect(datadog.requests).toEqual([]);
    expect(result.raw).not.toContain('Warning');
  });
});
