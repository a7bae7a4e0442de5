/**
 * Whether the same request may be sent again after a failure:
 * `backoff` as long as there is time, `once` a single time a few seconds later, `never` not at all.
 */
type RetryPolicy = 'never' | 'once' | 'backoff';

interface Kind {
  /** Title of the error annotation. Fixed text: the runner does not mask titles. */
  readonly title: string;
  readonly remedy: string;
  readonly retry: RetryPolicy;
}

const NETWORK_REMEDY =
  'Check that the runner may reach this host on port 443 (firewall, DNS, proxy), then run the step again.';

/** Every failure a user can tell apart: its title, what to do about it, and whether trying again can help. */
export const FAILURES = {
  inputs: {
    title: 'Inputs need correcting',
    remedy: 'Correct the inputs of this step and run it again.',
    retry: 'never',
  },
  'keys-missing': {
    title: 'Keys are missing',
    remedy:
      'Check that the secrets exist under the names that the step uses, in the repository, the organisation or the environment of this job, and that a calling workflow passes them on (secrets: inherit).',
    retry: 'never',
  },
  'bad-request': {
    title: 'Datadog could not read the request',
    remedy:
      'Check account_id and region against the Opsgenie integration page in Datadog. If they are right, report this to the maintainers of this action.',
    retry: 'never',
  },
  unauthorized: {
    title: 'Datadog does not know these keys',
    remedy:
      'Check that dd_api_key is a valid API key and dd_app_key a valid application key of the organisation on this site, that neither was revoked, and that they are not swapped.',
    retry: 'once',
  },
  forbidden: {
    title: 'Datadog refused these keys',
    remedy:
      'Likely causes: (1) the keys belong to another Datadog site than the one in `site`; (2) dd_api_key and dd_app_key are swapped; (3) the application key, or the user or service account that owns it, lacks the permission manage_integrations (for a dry run: integrations_read), or the scopes of the key leave it out; (4) a key was revoked.',
    retry: 'once',
  },
  'not-found': {
    title: 'Opsgenie account not found',
    remedy:
      'Set account_id to an account that exists (they are listed here where Datadog told them), and check that `site` is the site of that organisation. If the data of this Opsgenie has moved to Jira Service Management, the account may have been switched off.',
    retry: 'never',
  },
  'invalid-values': {
    title: 'Datadog rejected the new values',
    remedy:
      'Correct what Datadog names above: usually api_key is not an Opsgenie API key, or region is not the region of this key.',
    retry: 'never',
  },
  'rate-limited': {
    title: 'Datadog asks to slow down',
    remedy: 'Run the step again later, give it a longer `timeout`, or let fewer jobs call Datadog at once.',
    retry: 'backoff',
  },
  unavailable: {
    title: 'Datadog could not handle the request',
    remedy: 'See https://status.datadoghq.com for this site, then run the step again.',
    retry: 'backoff',
  },
  redirected: {
    title: 'Redirected, not followed',
    remedy:
      "Datadog's API does not redirect: something between the runner and Datadog did (a proxy, a login page). Let the runner reach the API directly or through a proxy that passes it on.",
    retry: 'never',
  },
  'unexpected-status': {
    title: 'Unexpected answer from Datadog',
    remedy:
      'Check in Datadog what the account holds now. If something stands between the runner and Datadog, check that it passes requests on.',
    retry: 'never',
  },
  unconfirmed: {
    title: 'Not confirmed by Datadog',
    remedy:
      'Check in Datadog what the account holds now, and whether something between the runner and Datadog answers in its place (a proxy, a login page), then run the step again.',
    retry: 'never',
  },
  'answer-too-large': {
    title: 'Answer too large',
    remedy:
      "Datadog's own answers are far smaller: find out what stands between the runner and Datadog and answers in its place.",
    retry: 'never',
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
    retry: 'backoff',
  },
  certificate: {
    title: 'Certificate not trusted',
    remedy:
      "If your company's proxy decrypts TLS connections, give the runner its certificate authority: set NODE_EXTRA_CA_CERTS to the PEM file in the environment of the step. Otherwise check the clock of the runner, and do not send keys until you know who answers here.",
    retry: 'never',
  },
  'proxy-failed': {
    title: 'Proxy did not connect',
    remedy:
      'Check that the proxy in HTTPS_PROXY is up and reaches this host on port 443, or list the host in NO_PROXY.',
    retry: 'backoff',
  },
  'proxy-refused': {
    title: 'Proxy refused the connection',
    remedy:
      'Let the proxy in HTTPS_PROXY allow connections from this runner to this host on port 443, or list the host in NO_PROXY.',
    retry: 'never',
  },
  'proxy-login': {
    title: 'Proxy wants a login',
    remedy:
      'Put the user name and password for the proxy into HTTPS_PROXY, as http://user:password@host:port with special characters percent-encoded, from a secret.',
    retry: 'never',
  },
  'proxy-settings': {
    title: 'Proxy settings cannot be used',
    remedy:
      'Write HTTPS_PROXY (or https_proxy) as http://host:port or http://user:password@host:port, with special characters percent-encoded, and a name or an IPv4 address as the host. The action never goes past a proxy that is set.',
    retry: 'never',
  },
  cancelled: {
    title: 'Cancelled',
    remedy: 'Run the step again if the account is to be updated.',
    retry: 'never',
  },
  internal: {
    title: 'Fault in this action',
    remedy: 'Please report this to the maintainers of this action. Check in Datadog what the account holds now.',
    retry: 'never',
  },
} as const satisfies Record<string, Kind>;

export type FailureKind = keyof typeof FAILURES;

interface FailureFacts {
  /** Texts from outside that belong to the failure: Datadog's error texts, or the faults of the inputs. Not yet safe to print. */
  readonly texts?: readonly string[];
  /** What else is known that helps, in sentences. Not yet safe to print. */
  readonly known?: readonly string[];
  /** HTTP status of the last answer, where there was one. */
  readonly status?: number | undefined;
  /** How long the server asks to wait before the next request, in milliseconds. */
  readonly serverWait?: number | undefined;
  /** Length of the periods in which the server counts requests, in milliseconds, where it refused one too many. */
  readonly ratePeriod?: number | undefined;
  /** Whether Datadog may have carried out the update all the same. */
  readonly mayBeApplied?: boolean;
  /** How many requests were made. */
  readonly attempts?: number;
  /** Why there was no other attempt although one might have helped, in a sentence; undefined if none could. */
  readonly gaveUp?: string | undefined;
  readonly cause?: unknown;
}

/** A failure as the user will be told of it. `message` says what happened and where, in one sentence. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly texts: readonly string[];
  readonly known: readonly string[];
  readonly status: number | undefined;
  readonly serverWait: number | undefined;
  readonly ratePeriod: number | undefined;
  readonly mayBeApplied: boolean;
  readonly attempts: number;
  readonly gaveUp: string | undefined;

  constructor(kind: FailureKind, message: string, facts: FailureFacts = {}) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.texts = facts.texts ?? [];
    this.known = facts.known ?? [];
    this.status = facts.status;
    this.serverWait = facts.serverWait;
    this.ratePeriod = facts.ratePeriod;
    this.mayBeApplied = facts.mayBeApplied ?? false;
    this.attempts = facts.attempts ?? 0;
    this.gaveUp = facts.gaveUp;
  }

  get title(): string {
    return FAILURES[this.kind].title;
  }

  get remedy(): string {
    return FAILURES[this.kind].remedy;
  }

  get retry(): RetryPolicy {
    return FAILURES[this.kind].retry;
  }

  /** The same failure, with what is known besides. */
  with(facts: FailureFacts): Failure {
    return new Failure(this.kind, this.message, { ...this, cause: this.cause, ...facts });
  }

  /** Turns anything that was thrown into a Failure; what this action did not foresee becomes an `internal` one. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    const what =
      thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something that is no error was thrown';
    return new Failure('internal', `This action ran into a fault of its own (${what}).`, {
      mayBeApplied: true,
      cause: thrown,
    });
  }
}
