import { integrationPage, statusPage } from './sites.ts';

/**
 * How often an operation may be retried after a failure: `never`, `once` (a few seconds later), `few` times, or with
 * `backoff` for as long as there is time.
 */
export type RetryPolicy = 'never' | 'once' | 'few' | 'backoff';

interface Kind {
  /** Title of the error annotation. Fixed text, because the runner does not mask titles. */
  readonly title: string;
  /** What to do. May contain {@link STATUS_PAGE} and {@link INTEGRATION_PAGE}. */
  readonly remedy: string;
  /** `never` unless given. */
  readonly retry?: RetryPolicy;
}

const STATUS_PAGE = '{status page}';
const INTEGRATION_PAGE = '{integration page}';

const NETWORK_REMEDY =
  'Check that the runner can reach this host on port 443 (firewall, DNS, proxy), then rerun the job.';

/**
 * Every failure that users can tell apart. The keys are the values of the output `failure`, so they change only with a
 * major version.
 */
export const FAILURES = checkKinds({
  inputs: {
    title: 'Invalid inputs',
    remedy: 'Correct the inputs listed above, then start a new run.',
  },
  'keys-missing': {
    title: 'Keys are missing',
    remedy:
      "Check that the secrets exist under the names this step uses, in the repository, the organization, or the job's environment, and that a calling workflow passes them on (`secrets: inherit`). If other inputs are listed above, correct them as well.",
  },
  'key-rejected': {
    title: 'Opsgenie rejected the key',
    remedy:
      'Store an enabled Opsgenie API key with Read and Configuration access (from Settings > API key management) in the secret, set `region` to its region, then start a new run.',
  },
  'key-not-verified': {
    title: 'Opsgenie key not verified',
    remedy:
      'Check that the runner can reach this Opsgenie host on port 443 and that Opsgenie is up, then rerun the job. To update Datadog without this check, set `verify_key: false` and start a new run.',
  },
  'bad-request': {
    title: 'Datadog rejected the request',
    remedy: `Compare account_id and region with the Opsgenie integration in Datadog (${INTEGRATION_PAGE}). If they are right, report this to the maintainers of this action.`,
  },
  unauthorized: {
    title: 'Datadog does not recognize these keys',
    remedy:
      'Check for these causes: (1) dd_api_key or dd_app_key is wrong or was revoked; (2) they are swapped; (3) they belong to another Datadog site than `site`.',
    retry: 'once',
  },
  forbidden: {
    title: 'Datadog refused these keys',
    remedy:
      "Check for these causes: (1) the keys belong to another Datadog site than `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key's owner or scopes lack the permission manage_integrations (for a dry run: integrations_read); (4) a key was revoked.",
    retry: 'once',
  },
  'not-found': {
    title: 'Opsgenie account not found',
    remedy:
      "Set account_id to one of the organization's accounts (listed above if Datadog returned them), and check that `site` is the organization's site.",
  },
  'invalid-values': {
    title: 'Datadog rejected the new values',
    remedy:
      'Correct the values that Datadog names above. Usually, api_key is not an Opsgenie API key, or region is not the region of this key.',
  },
  'rate-limited': {
    title: 'Rate limited by Datadog',
    remedy:
      'Rerun the job later, run fewer jobs that call Datadog at the same time, or start a new run with a longer `timeout`.',
    retry: 'backoff',
  },
  unavailable: {
    title: 'Datadog is unavailable',
    remedy: `Check the status of this site (${STATUS_PAGE}), then rerun the job.`,
    retry: 'backoff',
  },
  redirected: {
    title: 'Redirect not followed',
    remedy:
      "Datadog's API does not redirect. Something between the runner and Datadog did, such as a proxy or a login page. Let the runner reach the API directly, or through a proxy that passes requests on unchanged.",
  },
  'unexpected-status': {
    title: 'Unexpected answer from Datadog',
    remedy: `Check the account in Datadog (${INTEGRATION_PAGE}). If a proxy or gateway handles requests to Datadog, check that it passes them on unchanged.`,
  },
  unconfirmed: {
    title: 'Not confirmed by Datadog',
    remedy: `Check the account in Datadog (${INTEGRATION_PAGE}), and whether something else answers in place of Datadog, such as a proxy or a login page. Then rerun the job.`,
  },
  'answer-too-large': {
    title: 'Answer too large',
    remedy: "Datadog's own answers are far smaller. Find out what else answers in place of Datadog, such as a proxy.",
  },
  'answer-cut-off': {
    title: 'Connection to Datadog lost',
    remedy: NETWORK_REMEDY,
    retry: 'backoff',
  },
  'no-answer': {
    title: 'No answer in time',
    remedy: NETWORK_REMEDY,
    retry: 'backoff',
  },
  unreachable: {
    title: 'Datadog cannot be reached',
    remedy: NETWORK_REMEDY,
    retry: 'few',
  },
  certificate: {
    title: 'Certificate not trusted',
    remedy:
      "If your company's proxy decrypts TLS, give the runner its certificate authority: set NODE_EXTRA_CA_CERTS to the PEM file in the step's environment. Otherwise, check the runner's clock, and do not send keys until you know who is answering.",
  },
  'proxy-failed': {
    title: 'Proxy could not connect',
    remedy:
      'Check that the proxy in HTTPS_PROXY is up and can reach this host on port 443, or list the host in NO_PROXY.',
    retry: 'few',
  },
  'proxy-refused': {
    title: 'Proxy refused the connection',
    remedy: 'Allow connections from this runner to this host on port 443 in the proxy, or list the host in NO_PROXY.',
  },
  'proxy-login': {
    title: 'Proxy requires a login',
    remedy:
      "Put the proxy's user name and password into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded. Store the URL as a secret.",
  },
  'proxy-settings': {
    title: 'Invalid proxy settings',
    remedy:
      'Set HTTPS_PROXY (or https_proxy) to http://host:port or http://user:password@host:port, without quotation marks and with special characters percent-encoded. The URL must begin with http://, and the host must be a name or an IPv4 address. This action never bypasses a configured proxy.',
  },
  cancelled: {
    title: 'Cancelled',
    remedy: 'Rerun the job if the account still needs the update.',
  },
  internal: {
    title: 'Internal error in this action',
    remedy: `Report this to the maintainers of this action, and check the account in Datadog (${INTEGRATION_PAGE}).`,
  },
});

export type FailureKind = keyof typeof FAILURES;

/** What to do about a failure, with the addresses that belong to a site. */
export function remedyFor(kind: FailureKind, site: string): string {
  return FAILURES[kind].remedy.replace(STATUS_PAGE, statusPage(site)).replace(INTEGRATION_PAGE, integrationPage(site));
}

/** Gives all kinds one type and keeps their names. */
function checkKinds<Name extends string>(kinds: Record<Name, Kind>): Readonly<Record<Name, Kind>> {
  return kinds;
}

/** What is known about a failure. */
interface FailureFacts {
  /** Error texts of the server, or the problems with the inputs. Unsanitized. */
  readonly texts?: readonly string[];
  /** Sentences that help to find the cause. Unsanitized. */
  readonly hints?: readonly string[];
  /** HTTP status of Datadog's last answer, if there was one. */
  readonly status?: number | undefined;
  /** How long the server asks to wait before the next request, in milliseconds. */
  readonly serverWait?: number | undefined;
  /** Whether Datadog may have applied the update despite the failure. */
  readonly mayBeApplied?: boolean;
  /** How many times the update was attempted. */
  readonly attempts?: number;
  /** Why there was no further attempt although one might have helped, as a sentence. */
  readonly gaveUpReason?: string | undefined;
  /** Overrides the retry policy of the kind. */
  readonly retry?: RetryPolicy;
  readonly cause?: unknown;
}

/** A failure as it is reported to the user. `message` says in one sentence what happened and where. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly facts: FailureFacts;

  constructor(kind: FailureKind, message: string, facts: FailureFacts = {}) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.facts = facts;
  }

  get retry(): RetryPolicy {
    return this.facts.retry ?? FAILURES[this.kind].retry ?? 'never';
  }

  /** The same failure with more facts. */
  with(facts: FailureFacts): Failure {
    return new Failure(this.kind, this.message, { ...this.facts, ...facts });
  }

  /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
    return new Failure('internal', `This action hit an internal error (${what}).`, {
      mayBeApplied: true,
      cause: thrown,
    });
  }
}
