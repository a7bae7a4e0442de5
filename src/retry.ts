import { Failure, type RetryPolicy } from './failure.ts';
import type { Trace } from './http/exchange.ts';
import { formatSeconds, now } from './time.ts';

// p-retry could do this: onFailedAttempt can wait, and shouldRetry can stop. But most of the code below is policy, which
// would stay, and a fourth runtime dependency would be more to review than the loop it replaces.

/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** Datadog and Opsgenie may refuse keys for a few seconds after they are created. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT = 60_000;

/** How many failures with each policy end the operation. A host that cannot be reached gets about half a minute. */
const MAX_FAILURES: Readonly<Record<RetryPolicy, number>> = {
  never: 1,
  once: 2,
  few: 7,
  backoff: Number.POSITIVE_INFINITY,
};

/** A value, and how many attempts it took. */
export interface Result<T> {
  readonly value: T;
  readonly attempts: number;
}

/** What all calls of a run have in common. */
export interface CallContext {
  /** When everything must have ended, on the clock of {@link now}. */
  readonly deadline: number;
  /** Ends everything at once when it rejects. */
  readonly interruption: Promise<never>;
  /** Takes each failure before a retry, the number of the next attempt, and the milliseconds until then. */
  readonly onRetry: (failure: Failure, attempt: number, wait: number) => void;
  readonly trace: Trace;
}

/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @throws Failure the last one, with the facts of all attempts
 */
export async function withRetries<T>(
  operation: (timeLimit: number) => Promise<T>,
  { deadline, interruption, onRetry }: Omit<CallContext, 'trace'>,
): Promise<Result<T>> {
  const failures = { never: 0, once: 0, few: 0, backoff: 0 };
  let status: number | undefined;
  let mayBeApplied = false;
  let previous: Failure | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const final = (failure: Failure, gaveUpReason?: string): Failure =>
      failure.with({ attempts, status, mayBeApplied, gaveUpReason });
    const timeLimit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
    try {
      return { value: await Promise.race([operation(timeLimit), interruption]), attempts };
    } catch (error) {
      const failure = Failure.from(error);
      status = failure.facts.status ?? status;
      mayBeApplied ||= failure.facts.mayBeApplied ?? false;

      if (failure.kind === 'no-answer' && timeLimit < ATTEMPT_LIMIT) {
        // The deadline cut this attempt short, so report the previous failure.
        throw previous === undefined ? final(failure) : final(previous, 'The last attempt was cut short by `timeout`.');
      }
      failures[failure.retry] += 1;
      if (failures[failure.retry] >= MAX_FAILURES[failure.retry]) throw final(failure);
      const wait = leastWait(failure) + backoff(attempts);
      const timeLeft = deadline - now();
      if (wait >= timeLeft) throw final(failure, explainNoTime(wait, failure.facts.serverWait, timeLeft));

      previous = failure;
      onRetry(failure, attempts + 1, wait);
      const pause = new Promise((done) => setTimeout(done, wait));
      await Promise.race([pause, interruption]).catch((reason) => {
        throw final(Failure.from(reason));
      });
    }
  }
}

function leastWait({ retry, facts }: Failure): number {
  return retry === 'once' ? NEW_KEY_WAIT : (facts.serverWait ?? 0);
}

/**
 * Exponential backoff with equal jitter: half of it fixed and half random, so that no wait is near zero.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
function backoff(attempt: number): number {
  const ceiling = Math.min(BACKOFF_BASE * 2 ** (attempt - 1), BACKOFF_CAP);
  return (ceiling * (1 + Math.random())) / 2;
}

function explainNoTime(wait: number, serverWait: number | undefined, timeLeft: number): string {
  const asked = serverWait === undefined ? '' : ` (the server asks for ${formatSeconds(serverWait)})`;
  return `The next attempt would have to wait ${formatSeconds(wait)}${asked}, but \`timeout\` leaves only ${formatSeconds(Math.max(timeLeft, 0))}.`;
}
