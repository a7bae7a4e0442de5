import { describe, expect } from 'vitest';
import { respond } from '../../simulation/scripts.ts';
import { apiHost, KNOWN_SITES } from '../../src/datadog/sites.ts';
import { expectFailure } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

/** The page of the Opsgenie integration on each site, as https://docs.datadoghq.com/getting_started/site/ has the hosts. */
const INTEGRATION_PAGES: Readonly<Record<(typeof KNOWN_SITES)[number], string>> = {
  'datadoghq.com': 'https://app.datadoghq.com/integrations/opsgenie',
  'us3.datadoghq.com': 'https://us3.datadoghq.com/integrations/opsgenie',
  'us5.datadoghq.com': 'https://us5.datadoghq.com/integrations/opsgenie',
  'datadoghq.eu': 'https://app.datadoghq.eu/integrations/opsgenie',
  'uk1.datadoghq.com': 'https://uk1.datadoghq.com/integrations/opsgenie',
  'ap1.datadoghq.com': 'https://ap1.datadoghq.com/integrations/opsgenie',
  'ap2.datadoghq.com': 'https://ap2.datadoghq.com/integrations/opsgenie',
  'ddog-gov.com': 'https://app.ddog-gov.com/integrations/opsgenie',
  'us2.ddog-gov.com': 'https://us2.ddog-gov.com/integrations/opsgenie',
};

describe.for(KNOWN_SITES)('%s', (site) => {
  test('is reached at its API host only', async ({ datadog, run }) => {
    const result = await run({ site: `https://app.${site}/` });
    expect(result.exitCode).toBe(0);
    expect(datadog.tunnels).toEqual([`${apiHost(site)}:443`]);
    expect(datadog.requests[0]?.host).toBe(apiHost(site));
  });

  test('has its own status page and integration page in the annotations', async ({ datadog, run }) => {
    datadog.script(respond(503, '', { 'Retry-After': '3600' }), respond(400, ''));
    const unavailable = await run({ site });
    expectFailure(unavailable, 'unavailable', '503');
    expect(unavailable.errors[0]?.message).toContain(`(https://status.${site})`);
    const badRequest = await run({ site });
    expectFailure(badRequest, 'update-rejected', '400');
    expect(badRequest.errors[0]?.message).toContain(`(${INTEGRATION_PAGES[site]})`);
  });
});
