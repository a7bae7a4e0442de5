import { integrationPage, statusPage } from './datadog/sites.ts';
import type { NetworkProblem } from './http/network-error.ts';

// What to do about each failure, in one or two sentences that name only what can still be wrong.

export const INPUTS = 'Correct the inputs listed above, then start a new run.';

export const KEYS_MISSING =
  'Check the names of the secrets, and that this job can read them (a called workflow needs `secrets: inherit`). Correct all inputs listed above, then start a new run.';

export const KEYS_WITHHELD =
  'Start the workflow with another event, such as `workflow_dispatch`. Runs started by Dependabot can use Dependabot secrets instead.';

export const KEY_LACKS_RIGHT =
  'In Opsgenie, go to Settings > API key management and give this key the access that it lacks, or store another one with Read and Configuration access in the secret. Then start a new run.';

export const KEY_REJECTED =
  'In Opsgenie, go to Settings > API key management and choose an enabled key with Read and Configuration access. Store it in the secret, set `region` to its region, then start a new run.';

export function keyNotVerified(remedy: string): string {
  return `${remedy} To update Datadog without this check, set \`verify_key\` to \`false\` and start a new run.`;
}

/** What to do about a response of Opsgenie that says nothing about the key. */
export function opsgenieStatus(status: number, host: string, isJson: boolean): string {
  if (status === 407 || status === 511) return GATEWAY;
  if (status === 402 || status === 410) {
    return 'Ask your Opsgenie administrators whether Opsgenie was migrated or turned off, or whether its plan changed.';
  }
  if (status === 429) return 'Rerun the job later, or start a new run with a longer `timeout`.';
  if (status >= 500 || status === 408) return 'Check whether Opsgenie is up, then rerun the job.';
  if (isJson) return 'Check the key in Opsgenie, then start a new run.';
  return `Check whether a proxy or login page responds in place of ${host}.`;
}

export const UPDATE_REJECTED =
  'Check `account_id` with a dry run, and `region` and any `api_key` in Opsgenie. If they are right, report this to the maintainers of this action.';

/** @param isUpdate whether Datadog denied an update: a dry run, which only lists, can then narrow down the cause */
export function forbidden(isUpdate: boolean): string {
  const hint = ' If a dry run with the same credentials passes, only `manage_integrations` is left to check.';
  return `Correct whichever of these applies, then start a new run.${isUpdate ? hint : ''}`;
}

export const ALLOWLIST =
  "Add the address of this runner to the organization's IP allowlist in Datadog, or use a runner whose address is on it. Then start a new run.";

/** @param accounts what is known about the organization's accounts */
export function accountId(accounts: 'listed' | 'exists' | 'swapped' | 'none' | 'unknown'): string {
  return {
    listed:
      'Set `account_id` to one of the accounts listed above, then start a new run. If yours is not among them, check `site` and whose credentials these are.',
    exists: 'Rerun the job. If it fails again, contact Datadog support.',
    swapped:
      'If `account_id` holds the key, swap the two, and replace this key in Opsgenie, because only `api_key` is masked. Then start a new run.',
    none: 'Check `site`, and whether these credentials belong to the organization that has the account. Then start a new run.',
    unknown:
      'Set `account_id` to the ID of an Opsgenie account in this organization, and check `site`. Then start a new run.',
  }[accounts];
}

export const RATE_LIMITED =
  'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.';

export function unavailable(host: string): string {
  return `Check the status of Datadog (${statusPage(host)}), then rerun the job.`;
}

export const GATEWAY = 'Let the runner reach the API directly, or through a proxy that passes requests on unchanged.';

/** @param isJson whether the body is JSON: then no login page responds in place of Datadog */
export function unexpectedResponse(host: string, isJson: boolean): string {
  const other = isJson ? '' : ', and whether a proxy or login page responds in place of Datadog';
  return `Check the account in Datadog (${integrationPage(host)})${other}. Then rerun the job.`;
}

export function network(problem: NetworkProblem, host: string): string {
  const exempt = `list the host in NO_PROXY, as ${host} or ${host.slice(host.indexOf('.'))} without \`*\``;
  return {
    'proxy-setting':
      'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address.',
    'proxy-credentials-missing':
      "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
    'proxy-credentials-refused':
      'Check the user name and password in HTTPS_PROXY, and that the proxy accepts Basic authentication: no other kind is supported.',
    'proxy-denied': `Allow connections from this runner to ${host} on port 443 in the proxy, or ${exempt}.`,
    'proxy-illegible': 'Check that HTTPS_PROXY names an HTTP proxy, with the right port.',
    'proxy-unreachable': `Check HTTPS_PROXY, and that the runner can reach the proxy, or ${exempt}.`,
    'proxy-unavailable': `Check that the proxy can reach ${host} on port 443, or ${exempt}.`,
    'certificate-issuer':
      "If your company's proxy decrypts TLS, set NODE_EXTRA_CA_CERTS in the step's `env` to the path of its CA certificate (PEM). Otherwise, find out what responds at this address before you send it keys.",
    'certificate-date':
      "Check the runner's clock. If it is right, find out what responds at this address before you send it keys.",
    certificate: 'Find out what responds at this address before you send it keys. It may be a proxy.',
    'no-connection': `Check that the runner can reach ${host} on port 443 (DNS, firewall, proxy), then rerun the job.`,
    'no-tls': `Find out what responds at port 443 of ${host}. A firewall or a proxy can interfere with TLS.`,
    'no-response': `Check the connection between the runner and ${host} (firewall, proxy), then rerun the job.`,
    'illegible-response': 'Find out what responds in place of this host. It may be a proxy.',
  }[problem];
}

export const CANCELLED = 'Rerun the job if the account still needs the update.';

export const RUNTIME =
  'Update the runner to version 2.327.1 or later. With a local or compatible runner such as act, use an image with Node 24.';

export const INTERNAL =
  'Check the account in Datadog. Then report this to the maintainers of this action, with the debug log.';
