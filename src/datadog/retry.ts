import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../failure.ts';

// p-retry was considered: it can neither wait as long as the server asks, nor stop at once when that is too long,
// nor draw its waits with full jitter, which leaves little more than the loop below.

/** All times in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/**
 * After a refusal, how many periods of the rate limit a job may draw its next attempt from, at first at most so long.
 * Jobs that are refused do not know of each other, and each period has room for some of them only.
 */
const SPREAD_PERIODS = 4;
const FIRST_SPREAD = 8_000;
/** What chance leaves of the time there is for the attempt itself, or half of it. */
const ATTEMPT_RESERVE = 5_000;
/** Datadog refuses keys made a moment ago for a few seconds, with the same statuses as wrong ones. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would have worked. */
const ATTEMPT_LIMIT = 60_000;

/** Time and chance, so that tests can turn the clock. */
export interface Clock {
  /** Milliseconds from any fixed point, never set back. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** From 0 up to, not including, 1. */
  random(): number;
}

export const systemClock: Clock = {
  // Not performance.now(): Node loads a dozen modules for it.
  now: () => process.uptime() * 1000,
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  random: Math.random,
};

/** What is told before each wait. */
export interface Retry {
  readonly failure: Failure;
  /** Number of the attempt that will follow. */
  readonly attempt: number;
  /** Milliseconds until then. */
  readonly wait: number;
}

export interface RetryOptions {
  /** Time of `clock` at which everything must have ended. */
  readonly deadline: number;
  readonly clock: Clock;
  /** Ends everything at once when it rejects. */
  readonly interruption: Promise<never>;
  readonly onRetry: (retry: Retry) => void;
}

/**
 * Repeats an operation until it succeeds, fails for good, or has no time left.
 *
 * @param operation one attempt, given its time limit in milliseconds
 * @returns its value, and how many attempts it took
 * @throws Failure the last one, with what is known of all attempts
 */
export async function withRetries<T>(
  operation: (timeLimit: number) => Promise<T>,
  { deadline, clock, interruption, onRetry }: RetryOptions,
): Promise<{ readonly value: T; readonly attempts: number }> {
  let status: number | undefined;
  let mayBeApplied = false;
  let keysTriedAgain = false;
  let before: Failure | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const ended = (failure: Failure, gaveUp?: string): Failure =>
      failure.with({ attempts, status, mayBeApplied, gaveUp });
    const timeLimit = Math.min(Math.max(deadline - clock.now(), 0), ATTEMPT_LIMIT);
    try {
      return { value: await Promise.race([operation(timeLimit), interruption]), attempts };
    } catch (error) {
      const failure = Failure.from(error);
      status = failure.status ?? status;
      mayBeApplied ||= failure.mayBeApplied;

      const final = failure.retry === 'never' || (failure.retry === 'once' && keysTriedAgain);
      // Not asked of the clock alone: a timer may fire a moment before the clock is there.
      const cutShort = failure.kind === 'no-answer' && timeLimit < ATTEMPT_LIMIT;
      const timeLeft = cutShort ? 0 : deadline - clock.now();
      const leastWait = failure.retry === 'once' ? NEW_KEY_WAIT : (failure.serverWait ?? 0);
      const wait = leastWait + clock.random() * jitter(attempts, failure.ratePeriod, timeLeft - leastWait);
      // What went wrong is what went wrong before.
      if (cutShort && before !== undefined) throw ended(before, 'The last attempt was cut short by `timeout`.');
      if (final || wait >= timeLeft) throw ended(failure, final ? undefined : noTimeLeft(failure.serverWait, timeLeft));
      before = failure;
      keysTriedAgain ||= failure.retry === 'once';
      onRetry({ failure, attempt: attempts + 1, wait });
      await Promise.race([clock.sleep(wait), interruption]).catch((reason) => {
        throw ended(Failure.from(reason));
      });
    }
  }
}

/**
 * The longest time that chance may add to a wait. Exponential backoff with full jitter: anything from nothing to a
 * ceiling that doubles with each attempt (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * Against a rate limit the ceiling is as wide as its periods ask for. No job gives up for a wait that chance made long,
 * but in its last second.
 */
function jitter(attempt: number, ratePeriod: number | undefined, timeLeft: number): number {
  const first = ratePeriod === undefined ? 0 : Math.min(SPREAD_PERIODS * ratePeriod, FIRST_SPREAD);
  const ceiling = Math.min(Math.max(first, BACKOFF_BASE) * 2 ** (attempt - 1), BACKOFF_CAP);
  return Math.min(ceiling, Math.max(timeLeft - ATTEMPT_RESERVE, timeLeft / 2, BACKOFF_BASE));
}

function noTimeLeft(serverWait: number | undefined, timeLeft: number): string {
  const left = `\`timeout\` leaves ${seconds(Math.max(timeLeft, 0))}`;
  return serverWait === undefined || serverWait < timeLeft
    ? `Another attempt might help, but ${left}.`
    : `Datadog asks to wait ${seconds(serverWait)}, but ${left}.`;
}

/** Milliseconds in words, to a tenth of a second. */
export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** From here on a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;

/**
 * How long a server asks to wait: `X-RateLimit-Reset` in seconds (https://docs.datadoghq.com/api/latest/rate-limits/; a
 * Unix time has also been seen) or `Retry-After` in seconds or as a date
 * (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after), whichever is longer.
 *
 * @param now Unix time in milliseconds
 * @returns milliseconds, never negative; undefined where the server names no wait that can be understood
 */
export function serverWait(headers: IncomingHttpHeaders, now: number): number | undefined {
  const waits = [headers['x-ratelimit-reset'], headers['retry-after']].flatMap((value) =>
    typeof value === 'string' ? (waitIn(value.trim(), now) ?? []) : [],
  );
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function waitIn(value: string, now: number): number | undefined {
  // More digits than a Unix time has are nothing that is meant.
  if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
    const number = Number(value);
    return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - now, 0);
  }
  // Date.parse alone takes almost anything for a date.
  const date = /^[A-Z][a-z]{2,8}, .*GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/** The length of the periods that a rate limit counts in, `X-RateLimit-Period`, in milliseconds; undefined for none. */
export function ratePeriod(headers: IncomingHttpHeaders): number | undefined {
  const period = headers['x-ratelimit-period'];
  return typeof period === 'string' && /^\d+$/.test(period) ? Number(period) * 1000 : undefined;
}
