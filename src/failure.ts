import type { Retry } from './http/retry.ts';
import { INTERNAL_REMEDY } from './remedies.ts';

/**
 * Every kind of failure, with the title of its annotation. The keys are the values of the output `failure`, so they
 * change only with a major version. Titles are fixed text, because the runner does not mask them.
 */
export const FAILURE_TITLES = {
  inputs: 'Invalid inputs',
  'keys-missing': 'Keys are missing',
  'key-rejected': 'Opsgenie rejected the key',
  'key-not-verified': 'Opsgenie key not verified',
  'update-rejected': 'Datadog rejected the update',
  forbidden: 'Datadog denied access',
  'not-found': 'Opsgenie account not found',
  'rate-limited': 'Rate limited by Datadog',
  unavailable: 'Datadog is unavailable',
  'unexpected-response': 'Unexpected response',
  network: 'No response from Datadog',
  certificate: 'Certificate not trusted',
  proxy: 'No connection through the proxy',
  cancelled: 'Cancelled',
  internal: 'Internal error in this action',
} as const;

export type FailureKind = keyof typeof FAILURE_TITLES;

/** What a server said, unsanitized. */
export interface Details {
  /** Who or what said it, such as `Datadog said`. */
  readonly label: string;
  readonly texts: readonly string[];
}

interface FailureOptions {
  /** What to do, in one or two sentences: see remedies.ts. */
  readonly remedy: string;
  /** HTTP status of the response that this failure is about. */
  readonly status?: number | undefined;
  readonly details?: Details | undefined;
  /** What this action adds, as sentences: problems, accounts, possible causes. Unsanitized. */
  readonly hints?: readonly string[];
  /** Whether Datadog may have applied the update despite the failure. */
  readonly mayBeApplied?: boolean;
  /** Whether a time limit ended the attempt. */
  readonly timedOut?: boolean;
  /** Whether and when to try again. Undefined for never. */
  readonly retry?: Retry | undefined;
  readonly cause?: unknown;
}

/** A failure that users can act on. `message` says what happened and where, in a sentence. It is not sanitized. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly remedy: string;
  readonly status: number | undefined;
  readonly details: Details | undefined;
  readonly hints: readonly string[];
  readonly mayBeApplied: boolean;
  readonly timedOut: boolean;
  readonly retry: Retry | undefined;

  constructor(kind: FailureKind, message: string, options: FailureOptions) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.remedy = options.remedy;
    this.status = options.status;
    this.details = options.details;
    this.hints = options.hints ?? [];
    this.mayBeApplied = options.mayBeApplied ?? false;
    this.timedOut = options.timedOut ?? false;
    this.retry = options.retry;
  }

  /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
    return new Failure('internal', `This action hit an internal error (${what}).`, {
      remedy: INTERNAL_REMEDY,
      mayBeApplied: true,
      cause: thrown,
    });
  }
}
