import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { KEYS } from '../../simulation/scenario.ts';
import { test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

describe('the keys', () => {
  test("are sent only to the site's API, encrypted and through the proxy", async ({ datadog, run }) => {
    const network = watchNetwork();
    const result = await run({}, { env: network.environment });
    expect(result.exitCode).toBe(0);
    expect(network.read()).toEqual([`connect ${new URL(datadog.environment.HTTPS_PROXY).host}`]);
    expect(datadog.tunnels).toEqual(['api.datadoghq.com:443']);
    const seen = Buffer.concat(datadog.seenByProxy).toString('latin1');
    expect(seen).toContain('api.datadoghq.com');
    for (const key of Object.values(KEYS)) expect(seen).not.toContain(key);
  });

  test('are never sent to another host, whatever the inputs are', { timeout: 300_000 }, async ({ datadog, run }) => {
    const hosts = ['datadoghq.com', 'evil.example', 'acme.datadoghq.com', 'us3.', '@', '/', '\\', ':', '#', '.'];
    const site = fc.array(fc.constantFrom(...hosts), { maxLength: 4 }).map((parts) => parts.join(''));
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    const inputs = fc.record({ site, region: fc.oneof(text, fc.constant('eu')), api_key: fc.oneof(text, fc.uuid()) });
    await fc.assert(
      fc.asyncProperty(inputs, async (given) => {
        const result = await run(given, { secrets: [] });
        expect(result.errors).toHaveLength(result.exitCode === 0 ? 0 : 1);
      }),
      { numRuns: 30 },
    );
    expect(datadog.tunnels.filter((host) => !/^api\.(?:us3\.)?datadoghq\.com:443$/.test(host))).toEqual([]);
  });
});
