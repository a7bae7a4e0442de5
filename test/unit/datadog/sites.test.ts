import { expect, test } from 'vitest';
import { apiHost, DEFAULT_SITE, KNOWN_SITES, parseSite, statusPage } from '../../../src/datadog/sites.ts';

/** Spellings of each site: all forms for two sites, one or two for the others. */
const SPELLINGS = {
  'datadoghq.com': `US1 us1 Us1 datadoghq.com DataDogHQ.com app.datadoghq.com api.datadoghq.com https://datadoghq.com
    https://app.datadoghq.com/ HTTPS://API.DATADOGHQ.COM/api/v2?x=1 app.datadoghq.com/monitors#1 datadoghq.com?x
    datadoghq.com#x https://app.datadoghq.com/account/login?next=https://evil.example/`,
  'us3.datadoghq.com': `US3 us3 us3.datadoghq.com US3.datadoghq.com app.us3.datadoghq.com api.us3.datadoghq.com
    https://us3.datadoghq.com https://us3.datadoghq.com/account/login?next=%2F#top us3.datadoghq.com/ us3.datadoghq.com?x`,
  'us5.datadoghq.com': 'US5 us5.datadoghq.com',
  'datadoghq.eu': 'EU1 https://app.datadoghq.eu/dash',
  'uk1.datadoghq.com': 'UK1 uk1.datadoghq.com',
  'ap1.datadoghq.com': 'ap1 https://ap1.datadoghq.com/monitors',
  'ap2.datadoghq.com': 'AP2 ap2.datadoghq.com',
  'ddog-gov.com': 'US1-FED app.ddog-gov.com',
  'us2.ddog-gov.com': 'us2-fed us2.ddog-gov.com',
};

const ROWS = Object.entries(SPELLINGS).flatMap(([site, all]) => all.split(/\s+/).map((written) => [written, site]));

test('knows the nine documented sites, and US1 is the default', () => {
  expect([...KNOWN_SITES].sort()).toEqual(Object.keys(SPELLINGS).sort());
  expect(DEFAULT_SITE).toBe('datadoghq.com');
});

test.each(ROWS)('the `site` input %s selects the site %s', (written, site) => {
  expect(parseSite(`${written}`)).toBe(site);
});

const NO_SITES = `US9 us eu eu1.datadoghq.com us1.datadoghq.com us9.datadoghq.com acme.datadoghq.com com datadoghqxcom
  evildatadoghq.com datadoghq.com.evil.example api.app.datadoghq.com docs.datadoghq.com https:// app-datadoghq.com
  https://datadoghq.com@evil.example/ https://x@datadoghq.com/ https://evil.example/datadoghq.com datadoghq.com:8443
  //datadoghq.com https://evil.example\\.datadoghq.com datadoghq.com\\@evil.example ftp://datadoghq.com http://datadoghq.com`;

test.each([
  ...[...NO_SITES.split(/\s+/), '', 'US1 US3', 'us3. datadoghq.com', 'u\u017f3', 'u\u212a1.datadoghq.com'],
  ...['datadoghq.com\nevil.example', 'evil.example\ndatadoghq.com', 'datadoghq.com/\n@evil.example'],
])('the `site` input %j selects no site', (written) => {
  expect(parseSite(written)).toBeUndefined();
});

test('sends requests to the API host of a site, and names its status page, which UK1 does not have', () => {
  for (const site of KNOWN_SITES) {
    expect(apiHost(site)).toBe(`api.${site}`);
    expect(statusPage(site)).toBe(`https://status.${site === 'uk1.datadoghq.com' ? 'datadoghq.com' : site}`);
  }
});
