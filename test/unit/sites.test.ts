import { describe, expect, test } from 'vitest';
import { apiHost, KNOWN_SITES, parseSite } from '../../src/sites.ts';

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

test('every documented site is known', () => {
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
  ])('is understood as %s', (written) => {
    const parsed = parseSite(written);
    expect(parsed).toBe(site);
    expect(apiHost(site)).toBe(host);
  });
});

test.each(['uk2.datadoghq.com', 'us12.datadoghq.com'])('a new region of Datadog needs no release: %s', (site) => {
  expect(parseSite(site)).toBe(site);
});

test('a pasted address needs no scheme', () => {
  expect(parseSite('app.datadoghq.eu/login?next=https://app.datadoghq.com/')).toBe('datadoghq.eu');
});

test.each([
  ['a subdomain of a customer', 'acme.datadoghq.com'],
  ['an interface amid the name', 'us3.app.datadoghq.com'],
  ['one that hides in a region', 'us3.acme.datadoghq.com'],
  ['another domain that ends alike', 'evildatadoghq.com'],
  ['another domain that begins alike', 'datadoghq.com.evil.example'],
  ['another domain behind a user name', 'https://datadoghq.com@evil.example/'],
  ['a user name before the domain', 'https://someone@datadoghq.com/'],
  ['a password before the domain', 'https://:secret@datadoghq.com/'],
  ['another port', 'datadoghq.com:8443'],
  ['another scheme', 'ftp://datadoghq.com'],
  ['another domain behind a backslash', 'https://evil.example\\.datadoghq.com'],
  ['a line break', 'datadoghq.com\nevil.example'],
  ['a trailing dot', 'datadoghq.com.'],
  ['an address', '127.0.0.1'],
  ['a top level domain', 'com'],
  ['nothing', ''],
  ['no host', 'https://'],
  ['a short name', 'us3'],
])('%s is no site', (_, written) => {
  expect(parseSite(written)).toBeUndefined();
});
