/** Used when neither the input nor `DD_SITE` names a site. */
export const DEFAULT_SITE = 'datadoghq.com';

/**
 * The sites that Datadog's documentation and clients list, in the form of `DD_SITE`.
 * https://docs.datadoghq.com/getting_started/site/
 */
export const KNOWN_SITES = [
  DEFAULT_SITE,
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'uk1.datadoghq.com',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const;

/**
 * One of Datadog's own domains, with or without a region such as `us3`. A new region needs no release of this action.
 * A customer's own subdomain (`acme.datadoghq.com`) is not a site.
 */
const SITE = /^(?:[a-z]{2}\d{1,2}\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/;

/**
 * Reads a Datadog site the way people write it: `us3.datadoghq.com`, the host of the web interface (`app.datadoghq.eu`)
 * or of the API, or a pasted URL of either, in any capitalization.
 *
 * @returns the site in the form of `DD_SITE`, or undefined if this is not one of Datadog's own domains
 */
export function parseSite(text: string): string | undefined {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.username !== '' || url.password !== '' || url.port !== '') return undefined;
  const site = url.hostname.replace(/^(?:app|api)\./, '');
  return SITE.test(site) ? site : undefined;
}

/** The API host of a site. The Datadog keys are sent to this host and no other. */
export function apiHost(site: string): string {
  return `api.${site}`;
}

/** Each site has its own status page; https://status.datadoghq.com covers US1 only. */
export function statusPage(site: string): string {
  return `https://status.${site}`;
}

/** The page of the Opsgenie integration in the site's web interface. */
export function integrationPage(site: string): string {
  // Sites with a region have no `app.` in front: https://docs.datadoghq.com/getting_started/site/
  return `https://${/^[a-z]{2}\d/.test(site) ? site : `app.${site}`}/integrations/opsgenie`;
}
