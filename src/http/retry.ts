import { Failure } from '../failure.ts';
import { formatSeconds, now } from '../time.ts';
import { delay } from './abort.ts';
import type { Response } from './request.ts';

/**
 * How often to try again after a failure: `once` (a few seconds later), a `few` times, or with `backoff` for as long as
 * there is time.
 */
export type RetryPolicy = 'once' | 'few' | 'backoff';

/** Whether and when to try again. Undefined in its place means never. */
export interface Retry {
  readonly policy: RetryPolicy;
  /** How long the server asks to wait, in milliseconds. */
  readonly wait?: number | undefined;
}

/** What the attempts of one operation have come to. The loop keeps it up to date, so that it is right at any time. */
export interface AttemptRecord {
  attempts: number;
  /** HTTP status of the last response, if there was one. */
  status: number | undefined;
  /** Whether any attempt may have taken effect. */
  mayBeApplied: boolean;
  /** Why there was no further attempt although one might have helped, as a sentence. */
  gaveUp: string | undefined;
}

/** What all operations of a run have in common. */
export interface CallContext {
  /** When everything must have ended, on the clock of {@link now}. */
  readonly deadline: number;
  /** Ends everything when it aborts. Its reason is what to report. */
  readonly signal: AbortSignal;
  /** Called before each retry with the failure, the number of the next attempt, and the milliseconds until then. */
  readonly onRetry: (failure: Failure, attempt: number, wait: number) => void;
  /** Called with lines for the debug log. */
  readonly trace: (line: string) => void;
}

/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** How long a service may refuse credentials that were created moments ago. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT = 60_000;

/** How many failures with each policy end the operation. A host that cannot be reached gets about half a minute. */
const MAX_FAILURES: Readonly<Record<RetryPolicy, number>> = { once: 2, few: 7, backoff: Number.POSITIVE_INFINITY };

export function createRecord(): AttemptRecord {
  return { attempts: 0, status: undefined, mayBeApplied: false, gaveUp: undefined };
}

/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @param record where to keep what the attempts have come to
 * @throws Failure the last one
 */
export async function withRetries<T>(
  operation: (timeLimit: number) => Promise<T>,
  { deadline, signal, onRetry }: Omit<CallContext, 'trace'>,
  record: AttemptRecord,
): Promise<T> {
  const failures = { once: 0, few: 0, backoff: 0 };
  let previous: Failure | undefined;
  for (;;) {
    record.attempts += 1;
    const timeLimit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
    try {
      const value = await operation(timeLimit);
      record.mayBeApplied = true;
      return value;
    } catch (error) {
      const failure = Failure.from(error);
      record.status = failure.status ?? record.status;
      record.mayBeApplied ||= failure.mayBeApplied;
      if (failure.timedOut && timeLimit < ATTEMPT_LIMIT && previous !== undefined) {
        // The deadline cut this attempt short, so report the previous failure.
        record.gaveUp = 'The last attempt was cut short by `timeout`.';
        throw previous;
      }
      const { retry } = failure;
      if (retry === undefined) throw failure;
      failures[retry.policy] += 1;
      if (failures[retry.policy] >= MAX_FAILURES[retry.policy]) throw failure;
      const wait = nextWait(retry, record.attempts, Math.random());
      const timeLeft = Math.max(deadline - now(), 0);
      if (wait >= timeLeft) {
        record.gaveUp = explainGivingUp(retry, wait, timeLeft);
        throw failure;
      }
      previous = failure;
      onRetry(failure, record.attempts + 1, wait);
      await delay(wait, signal);
    }
  }
}

/**
 * How long to wait before the next attempt: as long as the server asks, plus exponential backoff with equal jitter. Half of
 * the backoff is fixed and half random, so that no wait is near zero.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempts how many attempts there have been
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function nextWait({ policy, wait = 0 }: Retry, attempts: number, random: number): number {
  const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
  return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}

function explainGivingUp({ wait: asked }: Retry, wait: number, timeLeft: number): string {
  const left = `only ${formatSeconds(timeLeft)} of \`timeout\` are left.`;
  return asked === undefined
    ? `The next attempt is due in ${formatSeconds(wait)}, but ${left}`
    : `The server asks to wait ${formatSeconds(asked)}, but ${left}`;
}

/** From here on, a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;

/**
 * How long a server asks to wait after 429 or 503: the longest of some headers, each a number of seconds or a date, as in
 * `Retry-After` (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). A number that can only be a Unix time is read as
 * one, to be safe. Points in time are measured against the server's date, because the runner's clock may be wrong.
 *
 * @param names lower-case names of the headers
 * @param localNow Unix time in milliseconds, used if the response has no `Date`
 * @returns milliseconds, never negative; undefined if the server names no wait that makes sense
 */
export function requestedWait(
  { status, headers }: Response,
  names: readonly string[],
  localNow = Date.now(),
): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const date = parseDate(headers.date ?? '') ?? localNow;
  const values = names.map((name) => headers[name]);
  const waits = values.flatMap((value) => (typeof value === 'string' ? (parseWait(value.trim(), date) ?? []) : []));
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function parseWait(value: string, date: number): number | undefined {
  // A number with more digits than a Unix time in seconds is not a wait.
  if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
    const number = Number(value);
    return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - date, 0);
  }
  const until = parseDate(value);
  return until === undefined ? undefined : Math.max(until - date, 0);
}

function parseDate(value: string): number | undefined {
  // Date.parse alone accepts almost anything.
  const date = /^[A-Z][a-z]{2,8}, .*GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
