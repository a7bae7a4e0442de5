import { DEFAULT_SITE } from './sites.ts';

/** What requests to Datadog authenticate with, and where it came from: the name of an input or environment variable. */
export type Credentials =
  | { readonly token: string; readonly source: string }
  | { readonly apiKey: string; readonly appKey: string; readonly sources: readonly [apiKey: string, appKey: string] };

/** Where requests go, and what they authenticate with. */
export interface Organization {
  readonly site: string;
  /** Whether nothing names a site, so that the default is used. */
  readonly isDefaultSite: boolean;
  readonly credentials: Credentials;
}

/** What to say about the site after a failure for which the wrong site can be the reason, as sentences. */
export function siteHints({ isDefaultSite }: Organization): string[] {
  return isDefaultSite ? [`\`site\` was empty, so ${DEFAULT_SITE} (US1) was used.`] : [];
}
