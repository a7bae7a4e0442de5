import { describe, expect, test } from 'vitest';
import { apiHost, integrationPage, KNOWN_SITES, parseSite, statusPage } from '../../../src/datadog/sites.ts';

/** The API host of each site, from https://docs.datadoghq.com/api/latest/opsgenie-integration/ and /getting_started/site/. */
const API_HOSTS = {
  'datadoghq.com': 'api.datadoghq.com',
  'us3.datadoghq.com': 'api.us3.datadoghq.com',
  'us5.datadoghq.com': 'api.us5.datadoghq.com',
  'datadoghq.eu': 'api.datadoghq.eu',
  'uk1.datadoghq.com': 'api.uk1.datadoghq.com',
  'ap1.datadoghq.com': 'api.ap1.datadoghq.com',
  'ap2.datadoghq.com': 'api.ap2.datadoghq.com',
  'ddog-gov.com': 'api.ddog-gov.com',
  'us2.ddog-gov.com': 'api.us2.ddog-gov.com',
};

test('KNOWN_SITES lists every documented site', () => {
  expect([...KNOWN_SITES].sort()).toEqual(Object.keys(API_HOSTS).sort());
});

describe.each(Object.entries(API_HOSTS))('%s', (site, host) => {
  test.each([
    site,
    site.toUpperCase(),
    `app.${site}`,
    `api.${site}`,
    `https://app.${site}/`,
    `https://${site}`,
    `HTTPS://APP.${site.toUpperCase()}/account/login?next=%2Fintegrations#opsgenie`,
    `http://${site}/`,
  ])('can be written as %s', (written) => {
    expect(parseSite(written)).toBe(site);
  });

  test(`has the API host ${host}`, () => {
    expect(apiHost(site)).toBe(host);
  });
});

describe('parseSite', () => {
  test.each(['uk2.datadoghq.com', 'us12.datadoghq.com'])('accepts a region that Datadog adds later: %s', (site) => {
    expect(parseSite(site)).toBe(site);
  });

  test('accepts a pasted URL without a scheme', () => {
    expect(parseSite('app.datadoghq.eu/login?next=https://app.datadoghq.com/')).toBe('datadoghq.eu');
  });

  test.each([
    ["a customer's subdomain", 'acme.datadoghq.com'],
    ['`app.` after the region', 'us3.app.datadoghq.com'],
    ["a region before a customer's subdomain", 'us3.acme.datadoghq.com'],
    ['another domain with the same ending', 'evildatadoghq.com'],
    ['another domain with the same beginning', 'datadoghq.com.evil.example'],
    ['another domain after a user name', 'https://datadoghq.com@evil.example/'],
    ['a user name', 'https://someone@datadoghq.com/'],
    ['a password', 'https://:secret@datadoghq.com/'],
    ['another port', 'datadoghq.com:8443'],
    ['another scheme', 'ftp://datadoghq.com'],
    ['another domain before a backslash', 'https://evil.example\\.datadoghq.com'],
    ['a line break', 'datadoghq.com\nevil.example'],
    ['a trailing dot', 'datadoghq.com.'],
    ['an IP address', '127.0.0.1'],
    ['a top-level domain', 'com'],
    ['an empty text', ''],
    ['a URL without a host', 'https://'],
    ['only a region', 'us3'],
  ])('rejects %s', (_, written) => {
    expect(parseSite(written)).toBeUndefined();
  });
});

// https://docs.datadoghq.com/getting_started/site/, column "Site URL".
test.each([
  ['datadoghq.com', 'https://app.datadoghq.com/integrations/opsgenie'],
  ['datadoghq.eu', 'https://app.datadoghq.eu/integrations/opsgenie'],
  ['ddog-gov.com', 'https://app.ddog-gov.com/integrations/opsgenie'],
  ['us3.datadoghq.com', 'https://us3.datadoghq.com/integrations/opsgenie'],
  ['us5.datadoghq.com', 'https://us5.datadoghq.com/integrations/opsgenie'],
  ['uk1.datadoghq.com', 'https://uk1.datadoghq.com/integrations/opsgenie'],
  ['ap1.datadoghq.com', 'https://ap1.datadoghq.com/integrations/opsgenie'],
  ['ap2.datadoghq.com', 'https://ap2.datadoghq.com/integrations/opsgenie'],
  ['us2.ddog-gov.com', 'https://us2.ddog-gov.com/integrations/opsgenie'],
])('the integration page of %s is %s', (site, page) => {
  expect(integrationPage(site)).toBe(page);
});

test.each([
  ['datadoghq.com', 'https://status.datadoghq.com'],
  ['us3.datadoghq.com', 'https://status.us3.datadoghq.com'],
])('the status page of %s is %s', (site, page) => {
  expect(statusPage(site)).toBe(page);
});
