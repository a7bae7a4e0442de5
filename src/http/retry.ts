import { Failure, type Retry } from '../failure.ts';
import { now } from '../time.ts';
import { type RequestOptions, type Response, race } from './request.ts';

/** Settings shared by every operation in a run. */
export interface CallContext extends Omit<RequestOptions, 'connectLimit' | 'limit'> {
  /** The run's deadline, on the {@link now} clock. */
  readonly deadline: number;
  /** Called before each retry with the failure, the number of the next attempt, and the wait in milliseconds. */
  readonly onRetry: (failure: Failure, attempt: number, wait: number) => void;
}

/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
const NEW_KEY_WAIT = 3_000;
/** A hung request must not use up the time in which another attempt could succeed. */
const ATTEMPT_CONNECT_LIMIT = 15_000;
const ATTEMPT_LIMIT = 60_000;
/** Limit for consecutive attempts without a secure connection. */
const CONNECT_LIMIT = 30_000;
/** With less time left, another attempt would probably time out and hide the reason for the previous failure. */
const MIN_ATTEMPT = 3_000;

/** An operation's attempts so far. */
interface Progress {
  attempts: number;
  /** HTTP status of the last response, if there was one. */
  status: number | undefined;
  /** False once any attempt may have had an effect. */
  hadNoEffect: boolean;
}

type Attempt<T> = (options: RequestOptions) => Promise<T>;

/**
 * Repeats an attempt until it succeeds, fails for good, or runs out of time.
 *
 * @throws Failure from the last attempt, or the signal's reason, with the facts of all attempts
 */
export async function withRetries<T>(attempt: Attempt<T>, context: CallContext): Promise<T> {
  const progress: Progress = { attempts: 0, status: undefined, hadNoEffect: true };
  try {
    return await repeat(attempt, context, progress);
  } catch (error) {
    throw Failure.from(error).with(progress);
  }
}

async function repeat<T>(attempt: Attempt<T>, context: CallContext, progress: Progress): Promise<T> {
  const { deadline, signal, onRetry } = context;
  let connectDeadline = now() + CONNECT_LIMIT;
  let wasRefused = false;
  for (;;) {
    progress.attempts += 1;
    const limit = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT);
    const connectLimit = Math.min(Math.max(connectDeadline - now(), 0), ATTEMPT_CONNECT_LIMIT, limit);
    try {
      return await attempt({ ...context, connectLimit, limit });
    } catch (error) {
      const failure = Failure.from(error);
      const { status, hadNoEffect = false, retry } = failure.facts;
      progress.status = status ?? progress.status;
      progress.hadNoEffect &&= hadNoEffect;
      if (retry === undefined || signal.aborted || (retry.policy === 'once' && wasRefused)) throw failure;
      const wait = nextWait(retry, progress.attempts, Math.random());
      const end = retry.policy === 'connect' ? Math.min(deadline, connectDeadline) : deadline;
      if (now() + wait + MIN_ATTEMPT >= end) throw failure;
      onRetry(failure, progress.attempts + 1, wait);
      await race(new Promise((resolve) => setTimeout(resolve, wait)), signal);
      wasRefused ||= retry.policy === 'once';
      if (retry.policy !== 'connect') connectDeadline = now() + CONNECT_LIMIT;
    }
  }
}

/**
 * Returns the wait before the next attempt: as long as the server asks, plus exponential backoff, half of it random.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random from 0 to 1
 */
export function nextWait({ policy, wait = 0 }: Retry, attempts: number, random: number): number {
  const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
  return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}

/** Statuses after which another attempt may get a different response. */
export const TRANSIENT = [408, 429, 500, 502, 503, 504];

/**
 * Decides by status alone whether to retry. After 429 and 503, returns the longest wait in the headers.
 *
 * @param waitHeaders lower-case names of headers that hold a number of seconds
 */
export function retryFor({ status, headers, isTooLarge }: Response, waitHeaders: readonly string[]): Retry | undefined {
  if (isTooLarge) return undefined;
  // A service can refuse a key that was created moments ago.
  if (status === 401 || status === 403) return { policy: 'once' };
  if (!TRANSIENT.includes(status)) return undefined;
  if (status !== 429 && status !== 503) return { policy: 'backoff' };
  // A value with more digits is a Unix time, and a value that is not a number is a date.
  const waits = waitHeaders.map((name) => `${headers[name]}`).filter((value) => /^\d{1,9}(?:\.\d+)?$/.test(value));
  return { policy: 'backoff', wait: Math.max(0, ...waits.map(Number)) * 1000 };
}
