import { parseUrl } from '../parse.ts';

/** Used when neither the input nor `DD_SITE` names a site. */
export const DEFAULT_SITE = 'datadoghq.com';

/**
 * The sites that Datadog's documentation and clients list: name, and form of `DD_SITE`.
 * https://docs.datadoghq.com/getting_started/site/
 */
const SITES = {
  US1: DEFAULT_SITE,
  US3: 'us3.datadoghq.com',
  US5: 'us5.datadoghq.com',
  EU1: 'datadoghq.eu',
  UK1: 'uk1.datadoghq.com',
  AP1: 'ap1.datadoghq.com',
  AP2: 'ap2.datadoghq.com',
  'US1-FED': 'ddog-gov.com',
  'US2-FED': 'us2.ddog-gov.com',
} as const;

export const KNOWN_SITES: readonly string[] = Object.values(SITES);

/** Names of sites, and hosts that are not sites but clearly mean one. */
const NAMES = new Map<string, string>([
  ...Object.entries(SITES),
  ['US1.DATADOGHQ.COM', SITES.US1],
  ['EU1.DATADOGHQ.COM', SITES.EU1],
  ['EU1.DATADOGHQ.EU', SITES.EU1],
]);

/** Labels in front of one of Datadog's own domains, and the site: a region such as `us3` belongs to the site. */
const HOST = /^(?:(.+?)\.)??((?:[a-z]{2}\d{1,2}\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com))$/;

/** Words of which the regions of Datadog and of cloud providers are made, such as `us`, `eu-west-1` and `eastus2`. */
const REGION = '(?:us|usa|eu|uk|emea|apac|america|asia|europe|gov|fed|north|south|east|west|central)[-_\\d]*';

/** Labels that are not an organization's own subdomain: something like a region, or a host of Datadog's. */
const NOT_AN_ORGANIZATION = new RegExp(
  `^(?:[a-z]{2}|[a-z]{2}[-_]?\\d+|(?:[a-z]{2}[-_])?(?:${REGION})+|docs|status|www|agent|blog|help|support|intake)$`,
);

/**
 * Reads a Datadog site the way people write it: its name, its host with or without an organization's subdomain, or a URL, in
 * any letter case. Regions that Datadog adds later work. Keys never go outside its domains, nor to a site that was not meant.
 *
 * @returns the site in the form of `DD_SITE`, or undefined if this is not a Datadog site
 */
export function parseSite(text: string): string | undefined {
  const named = NAMES.get(text.toUpperCase());
  if (named !== undefined) return named;
  const url = parseUrl(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.username !== '' || url.password !== '' || url.port !== '') return undefined;
  const [, label, host = ''] = HOST.exec(url.hostname.replace(/\.$/, '')) ?? [];
  const site = NAMES.get(host.toUpperCase()) ?? host;
  if (label === undefined || label === 'app' || label === 'api') return site || undefined;
  const isOrganization = !label.includes('.') && !NOT_AN_ORGANIZATION.test(label) && KNOWN_SITES.includes(site);
  return isOrganization ? site : undefined;
}

/** The API host of a site. Datadog credentials are sent to this host and no other. */
export function apiHost(site: string): string {
  return `api.${site}`;
}

/** The site of an API host. */
export function siteOf(host: string): string {
  return host.replace(/^api\./, '');
}

/** The status page of an API host's site. */
export function statusPage(host: string): string {
  const site = siteOf(host);
  // Nothing is known about sites that are not listed, and public files record a 404 for the page of UK1.
  return `https://status.${KNOWN_SITES.includes(site) && site !== SITES.UK1 ? site : DEFAULT_SITE}`;
}

/** The page of the Opsgenie integration in the web interface of an API host's site. */
export function integrationPage(host: string): string {
  const site = siteOf(host);
  // Sites with a region have no `app.` in front: https://docs.datadoghq.com/getting_started/site/
  return `https://${/^[a-z]{2}\d/.test(site) ? site : `app.${site}`}/integrations/opsgenie`;
}
