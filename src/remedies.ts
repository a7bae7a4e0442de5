import { integrationPage, statusPage } from './datadog/sites.ts';
import type { NetworkProblem } from './http/network-error.ts';

// What to do about each failure: one or two sentences, as functions of what is known. They name only what can still be
// wrong.

export const INPUTS_REMEDY = 'Correct the inputs listed above, then start a new run.';

export const KEYS_MISSING_REMEDY =
  "Check that the secrets exist under the names this step uses, in the repository, the organization, or the job's environment, and that a calling workflow passes them on (`secrets: inherit`). If other inputs are listed above, correct them as well.";

export const KEY_REJECTED_REMEDY =
  'Store an enabled Opsgenie API key with Read and Configuration access (from Settings > API key management) in the secret, set `region` to its region, then start a new run.';

export const CANCELLED_REMEDY = 'Rerun the job if the account still needs the update.';

export const INTERNAL_REMEDY = 'Report this to the maintainers of this action, and check the account in Datadog.';

const WITHOUT_CHECK = 'To update Datadog without this check, set `verify_key: false` and start a new run.';

/** @param specific what else can be done, if something is known */
export function keyNotVerifiedRemedy(specific?: string): string {
  const general =
    'Check that the runner can reach this Opsgenie host on port 443 and that Opsgenie is up, then rerun the job.';
  return `${specific ?? general} ${WITHOUT_CHECK}`;
}

export function updateRejectedRemedy(site: string): string {
  return `Compare account_id, api_key and region with the Opsgenie integration in Datadog (${integrationPage(site)}). If they are right, report this to the maintainers of this action.`;
}

export function forbiddenRemedy(): string {
  return "Check for these causes: (1) the keys belong to a Datadog site other than `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key's owner or scopes lack the permission manage_integrations (for a dry run: integrations_read); (4) a key was revoked.";
}

export function notFoundRemedy(): string {
  return "Set account_id to one of the organization's accounts (listed above if Datadog returned them), and check that `site` is the organization's site.";
}

export const RATE_LIMITED_REMEDY =
  'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.';

export function unavailableRemedy(site: string): string {
  return `Check the status of this site (${statusPage(site)}), then rerun the job.`;
}

export const REDIRECT_REMEDY =
  'A proxy or captive portal probably sent this redirect. Let the runner reach the API directly, or through a proxy that passes requests on unchanged.';

export function unexpectedResponseRemedy(site: string): string {
  return `Check the account in Datadog (${integrationPage(site)}), and whether something else responds in place of Datadog, such as a proxy or a login page. Then rerun the job.`;
}

const PROXY_FORMAT =
  'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address.';

const NETWORK_REMEDIES: Readonly<Record<NetworkProblem, string>> = {
  'proxy-setting': PROXY_FORMAT,
  'proxy-credentials':
    "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
  'proxy-denied':
    'Allow connections from this runner to this host on port 443 in the proxy, or list the host in NO_PROXY.',
  'proxy-unavailable':
    'Check that the proxy in HTTPS_PROXY is up and can reach this host on port 443, or list the host in NO_PROXY.',
  certificate:
    "If your company's proxy decrypts TLS, set NODE_EXTRA_CA_CERTS to the path of its CA certificate (PEM) in the step's environment. Otherwise, check the runner's clock, and do not send keys until you know who is responding.",
  'no-connection': 'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.',
  'no-response': 'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.',
  'illegible-response': 'Find out what responds in place of this host, such as a proxy.',
};

export function networkRemedy(problem: NetworkProblem): string {
  return NETWORK_REMEDIES[problem];
}
