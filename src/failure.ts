import type { Retry } from './http/retry.ts';
import * as remedies from './remedies.ts';

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
  runtime: 'Node.js is too old',
  internal: 'Internal error in this action',
} as const;

export type FailureKind = keyof typeof FAILURE_TITLES;

/** What a server said, unsanitized. */
export interface Details {
  /** Who or what said it, such as `Datadog said`. */
  readonly label: string;
  readonly texts: readonly string[];
}

/** What is known about a failure, apart from what happened. */
export interface Facts {
  /** What to do, in one or two sentences: see remedies.ts. */
  readonly remedy: string;
  /** HTTP status of the response that this failure is about. */
  readonly status?: number | undefined;
  readonly details?: Details | undefined;
  /** What this action adds, as sentences: problems, possible causes. Unsanitized. */
  readonly hints?: readonly string[];
  /** The organization's accounts, as sentences. Unsanitized. */
  readonly accounts?: readonly string[];
  /** Whether Datadog may have applied the update despite the failure. False unless given. */
  readonly mayBeApplied?: boolean;
  /** Whether and when to try again. Never unless given. */
  readonly retry?: Retry | undefined;
  readonly cause?: unknown;
}

/** A failure that users can act on. `message` says what happened and where, in a sentence. It is not sanitized. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly facts: Facts;

  constructor(kind: FailureKind, message: string, facts: Facts) {
    super(message, { cause: facts.cause });
    this.kind = kind;
    this.facts = facts;
  }

  /** The same failure with other facts, and with more hints. */
  with({ hints: more = [], ...facts }: Partial<Facts>): Failure {
    const hints = [...(this.facts.hints ?? []), ...more];
    return new Failure(this.kind, this.message, { ...this.facts, ...facts, hints });
  }

  /** Turns anything thrown into a Failure. Unexpected errors become `internal`. */
  static from(thrown: unknown): Failure {
    if (thrown instanceof Failure) return thrown;
    const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'the thrown value is not an error';
    return new Failure('internal', `This action hit an internal error (${what}).`, {
      remedy: remedies.INTERNAL,
      mayBeApplied: true,
      cause: thrown,
    });
  }
}
