import { describe, expect, test } from 'vitest';
import { apiHost, integrationPage, KNOWN_SITES, parseSite, statusPage } from '../../../src/datadog/sites.ts';

/** Name, `DD_SITE` and web interface of each site: https://docs.datadoghq.com/getting_started/site/ */
const SITES: readonly (readonly [name: string, site: string, web: string])[] = [
  ['US1', 'datadoghq.com', 'app.datadoghq.com'],
  ['US3', 'us3.datadoghq.com', 'us3.datadoghq.com'],
  ['US5', 'us5.datadoghq.com', 'us5.datadoghq.com'],
  ['EU1', 'datadoghq.eu', 'app.datadoghq.eu'],
  ['UK1', 'uk1.datadoghq.com', 'uk1.datadoghq.com'],
  ['AP1', 'ap1.datadoghq.com', 'ap1.datadoghq.com'],
  ['AP2', 'ap2.datadoghq.com', 'ap2.datadoghq.com'],
  ['US1-FED', 'ddog-gov.com', 'app.ddog-gov.com'],
  ['US2-FED', 'us2.ddog-gov.com', 'us2.ddog-gov.com'],
];

test('every documented site is known', () => {
  expect(KNOWN_SITES).toEqual(SITES.map(([, site]) => site));
});

describe.each(SITES)('%s, which is %s,', (name, site, web) => {
  test.each([
    ...[name, name.toLowerCase(), site, site.toUpperCase(), `${site}.`, `app.${site}`, `api.${site}`, `acme.${site}`],
    ...[`https://app.${site}/`, `http://${site}`, `https://${web}:443/monitors?x=1#y`, `https://my-org.${site}/a`],
    `HTTPS://${web.toUpperCase()}/account/login?next=https://app.datadoghq.com/`,
  ])('can be written as %s', (written) => {
    expect(parseSite(written)).toBe(site);
  });

  test('has an API host and an integration page', () => {
    expect(apiHost(site)).toBe(`api.${site}`);
    expect(integrationPage(apiHost(site))).toBe(`https://${web}/integrations/opsgenie`);
  });
});

test.each([
  ['us1.datadoghq.com', 'datadoghq.com'],
  ['https://app.us1.datadoghq.com', 'datadoghq.com'],
  ['eu1.datadoghq.com', 'datadoghq.eu'],
  ['eu1.datadoghq.eu', 'datadoghq.eu'],
])('%s, which is not a site, means %s', (written, site) => {
  expect(parseSite(written)).toBe(site);
});

test.each(['us9.datadoghq.com', 'https://app.us12.datadoghq.com/'])(
  'a region that Datadog adds later works: %s',
  (text) => {
    expect(parseSite(text)).toMatch(/^us\d+\.datadoghq\.com$/);
  },
);

describe('a text is not a site if it is', () => {
  test.each([
    ['a region of another form', 'eu.datadoghq.com'],
    ['a region with a dash', 'us-3.datadoghq.com'],
    ['a region with a zero', 'us003.datadoghq.com'],
    ['a region of a cloud', 'us-east-1.datadoghq.com'],
    ['a region of a cloud without dashes', 'eastus2.datadoghq.com'],
    ['a region without a number', 'emea.datadoghq.com'],
    ['a government region', 'us1-fed.datadoghq.com'],
    ['two regions', 'us3.us5.datadoghq.com'],
    ['the documentation', 'docs.datadoghq.com'],
    ['a status page', 'https://status.us3.datadoghq.com'],
    ['the website', 'https://www.datadoghq.com/'],
    ['an organization on an unknown site', 'acme.us9.datadoghq.com'],
    ['two labels in front of a site', 'app.acme.datadoghq.com'],
    ['`app.` after the region', 'us3.app.datadoghq.com'],
    ['another domain with the same ending', 'evildatadoghq.com'],
    ['another domain with the same beginning', 'datadoghq.com.evil.example'],
    ['another domain after a user name', 'https://datadoghq.com@evil.example/'],
    ['a user name', 'https://someone@datadoghq.com/'],
    ['another port', 'datadoghq.com:8443'],
    ['another scheme', 'ftp://datadoghq.com'],
    ['another domain before a backslash', 'https://evil.example\\.datadoghq.com'],
    ['a line break', 'datadoghq.com\nevil.example'],
    ['an IP address', '127.0.0.1'],
    ['a top-level domain', 'com'],
    ['empty', ''],
    ['a URL without a host', 'https://'],
    ['only part of a name', 'us'],
    ['a name that does not exist', 'US9'],
  ])('%s', (_, written) => {
    expect(parseSite(written)).toBeUndefined();
  });
});

test.each([
  ['datadoghq.com', 'https://status.datadoghq.com'],
  ['us3.datadoghq.com', 'https://status.us3.datadoghq.com'],
  // Nothing is known about a status page of these.
  ['uk1.datadoghq.com', 'https://status.datadoghq.com'],
  ['us9.datadoghq.com', 'https://status.datadoghq.com'],
])('the status page of %s is %s', (site, page) => {
  expect(statusPage(apiHost(site))).toBe(page);
});
