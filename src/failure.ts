/** Placeholder in {@link FAILURES} for the URL of the site's status page. */
export const STATUS_PAGE = '(its URL)';

/**
 * Every kind of failure, with its annotation's title and what to do. The keys are the values of the `failure` output and
 * change only with a major version. The runner does not mask titles, so titles are fixed text.
 */
export const FAILURES = {
  inputs: ['Invalid inputs', 'Fix the inputs listed above, then start a new run.'],
  'keys-missing': [
    'Missing keys',
    "Check that each secret exists under the name that the step uses, where this job can read it (repository, organization, or the job's environment). Runs from forks and Dependabot may not get it. A reusable workflow gets only the secrets that its caller passes.",
  ],
  'key-rejected': [
    'Opsgenie rejected the key',
    "In Opsgenie, check under Settings > API key management that the key is enabled and has Read and Configuration access. Check that `region` is the key's region.",
  ],
  'key-not-verified': [
    'Opsgenie did not verify the key',
    'Check whether Opsgenie is available to you, check any proxy or firewall on the way, then rerun the job.',
  ],
  'update-rejected': [
    'Datadog rejected the update',
    'Check `account_id`, `region`, and `api_key`. A dry run checks `account_id`.',
  ],
  forbidden: [
    'Datadog denied access',
    "Check, in this order: `site` is your organization's; the Datadog credentials are valid and not swapped; they have the `manage_integrations` permission (for a dry run, `integrations_read`); Datadog's IP allowlist admits this runner.",
  ],
  'not-found': [
    'Opsgenie account not found',
    'Compare `account_id` with the accounts above, if any. If it is among them, rerun the job. If not, correct `account_id`, or check `site` and the Datadog credentials.',
  ],
  'rate-limited': ['Rate limited', "Rerun the job later, or raise `timeout` (and the job's `timeout-minutes`)."],
  unavailable: [
    'Server or gateway error',
    `Check the status page of the site ${STATUS_PAGE} and any proxy or firewall on the way, then rerun the job.`,
  ],
  'unexpected-response': [
    'Unexpected response',
    'Check in Datadog that on-call data loads, and check any proxy or firewall on the way. Then rerun the job.',
  ],
  network: [
    'Network error',
    'Check that the runner can reach this host on port 443 (DNS, firewall, proxy), then rerun the job.',
  ],
  certificate: [
    'Certificate not trusted',
    "Check the runner's clock. If your company's proxy decrypts TLS, NODE_EXTRA_CA_CERTS in the step's `env` must name a readable PEM file with its CA certificate. Otherwise, identify the server at this address before you send keys to it.",
  ],
  proxy: [
    'Proxy error',
    'Check https_proxy, or HTTPS_PROXY if the first is not set (`http://user:password@host:port`, special characters percent-encoded), and that the proxy allows this host on port 443. Only Basic authentication works. To bypass the proxy, add the host to NO_PROXY, without `*`.',
  ],
  cancelled: ['Cancelled', 'Rerun the job. Rerunning is safe.'],
  runtime: [
    'Node.js is too old',
    'Update the runner to version 2.327.1 or later. With a local or compatible runner such as act, use an image with Node 24.',
  ],
  internal: ['Internal error', 'Report this, with the debug log. Check in Datadog that on-call data loads.'],
} as const satisfies Record<string, readonly [title: string, remedy: string]>;

export type FailureKind = keyof typeof FAILURES;

/** Policy and wait for the next attempt. */
export interface Retry {
  /** `once`: one retry, seconds later. `connect`: until the connect deadline. `backoff`: until the run's deadline. */
  readonly policy: 'once' | 'connect' | 'backoff';
  /** The wait that the server requested, in milliseconds. */
  readonly wait?: number | undefined;
}

/** Everything known about a failure besides its kind and message. Texts are not sanitized. */
export interface Facts {
  /** Number of attempts. */
  readonly attempts?: number;
  /** HTTP status of Datadog's last response. */
  readonly status?: number | undefined;
  /** Sentences about the failure, one a line: problems, the server's errors, the accounts. */
  readonly details?: readonly string[];
  /** True only if the request certainly had no effect because it was not sent or the service itself refused it. */
  readonly hadNoEffect?: boolean;
  /** True if Datadog may have applied the update despite the failure. */
  readonly mayBeApplied?: boolean;
  /** `undefined` means: don't retry. */
  readonly retry?: Retry | undefined;
  readonly cause?: unknown;
}

/** A failure that users can act on. The message is a sentence that says what happened and where. Not sanitized. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly facts: Facts;

  constructor(kind: FailureKind, message: string, facts: Facts = {}) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.facts = facts;
  }

  /** Returns a copy with more details and with other facts replaced. */
  with({ details = [], ...facts }: Facts): Failure {
    const all = [...(this.facts.details ?? []), ...details];
    return new Failure(this.kind, this.message, { ...this.facts, ...facts, details: all });
  }

  /** Converts anything thrown to a Failure. Unexpected errors become `internal`. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
    return new Failure('internal', `This action hit an internal error (${text}).`, { cause: thrown });
  }
}
