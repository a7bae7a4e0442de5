import { expect } from 'vitest';
import { apiHost, KNOWN_SITES } from '../../src/sites.ts';
import { test } from '../support/fixtures.ts';

test.for(KNOWN_SITES)('%s: the request reaches its API host, and only that', async (site, { datadog, run }) => {
  const result = await run({ site: `https://app.${site}/` });
  expect(result.exitCode).toBe(0);
  expect(datadog.tunnels).toEqual([`${apiHost(site)}:443`]);
  expect(datadog.requests[0]?.host).toBe(apiHost(site));
});
