/** Used if neither the input nor `DD_SITE` names a site. */
export const DEFAULT_SITE = 'datadoghq.com';

const UK1 = 'uk1.datadoghq.com';

/** Datadog's sites by name, with their values for `DD_SITE`: https://docs.datadoghq.com/getting_started/site/ */
export const SITES: ReadonlyMap<string, string> = new Map([
  ['US1', DEFAULT_SITE],
  ['US3', 'us3.datadoghq.com'],
  ['US5', 'us5.datadoghq.com'],
  ['EU1', 'datadoghq.eu'],
  ['UK1', UK1],
  ['AP1', 'ap1.datadoghq.com'],
  ['AP2', 'ap2.datadoghq.com'],
  ['US1-FED', 'ddog-gov.com'],
  ['US2-FED', 'us2.ddog-gov.com'],
]);

export const KNOWN_SITES: readonly string[] = [...SITES.values()];

const ADDRESS = /^(?:https:\/\/)?(?:app\.|api\.)?([a-z\d.-]+)(?:[/?#].*)?$/;

/**
 * Parses a Datadog site's name, host, or URL, with or without `app.` or `api.` in front of the host. Ignores case.
 *
 * @returns one of {@link KNOWN_SITES}, or undefined
 */
export function parseSite(text: string): string | undefined {
  if (/[^ -~]/.test(text)) return undefined; // Some characters become ASCII letters when their case changes.
  const [, host] = ADDRESS.exec(text.toLowerCase()) ?? [];
  return SITES.get(text.toUpperCase()) ?? KNOWN_SITES.find((site) => site === host);
}

/** A site's API host. Datadog credentials are sent to this host and no other. */
export function apiHost(site: string): string {
  return `api.${site}`;
}

/** A site's status page. UK1 has no known status page, so US1's is used. */
export function statusPage(site: string): string {
  return `https://status.${site === UK1 ? DEFAULT_SITE : site}`;
}
