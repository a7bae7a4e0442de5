import { Failure } from '../failure.ts';
import { formatSeconds, now } from '../time.ts';
import { type Limits, type RequestOptions, type Response, race } from './request.ts';

/** Whether and when to try again. Undefined in its place means never. */
export interface Retry {
  /** `once`: a few seconds later. `connect`: until the time to connect is up. `backoff`: until the deadline. */
  readonly policy: 'once' | 'connect' | 'backoff';
  /** How long the server asks to wait, in milliseconds. */
  readonly wait?: number | undefined;
}

/** What the attempts of one operation have come to. Updated after each of them, so that it is right after a cancellation. */
export class AttemptRecord {
  attempts = 0;
  /** HTTP status of the last response, if there was one. */
  status: number | undefined;
  /** Whether any attempt may have taken effect. */
  mayBeApplied = false;
  /** Why there was no further attempt although one might have helped, as a sentence. */
  gaveUp: string | undefined;
}

/** What all operations of a run have in common. */
export interface CallContext extends Omit<RequestOptions, 'limits'> {
  /** When everything must have ended, on the clock of {@link now}. */
  readonly deadline: number;
  /** Called before each retry with the failure, the number of the next attempt, and the milliseconds until then. */
  readonly onRetry: (failure: Failure, attempt: number, wait: number) => void;
}

/** All times are in milliseconds. */
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 30_000;
/** How long a service may refuse credentials that were created moments ago. */
const NEW_KEY_WAIT = 3_000;
/** A request that hangs must not use up the time in which another one would succeed. */
const ATTEMPT_LIMIT: Limits = { connect: 15_000, total: 60_000 };
/** How long all attempts in a row may take without a secure connection. */
const CONNECT_LIMIT = 30_000;
/** Without this much time left, another attempt makes no sense. */
const MIN_ATTEMPT = 1_000;

/**
 * Repeats an operation until it succeeds, fails for good, or runs out of time.
 *
 * @param operation one attempt
 * @throws Failure the last one, or the reason of the signal if it aborts
 */
export async function withRetries<T>(
  operation: (options: RequestOptions) => Promise<T>,
  context: CallContext,
  record: AttemptRecord,
): Promise<T> {
  const { deadline, signal, onRetry } = context;
  let connectDeadline = now() + CONNECT_LIMIT;
  let wasRefused = false;
  for (;;) {
    record.attempts += 1;
    const total = Math.min(Math.max(deadline - now(), 0), ATTEMPT_LIMIT.total);
    const connect = Math.min(Math.max(connectDeadline - now(), 0), ATTEMPT_LIMIT.connect, total);
    try {
      const value = await operation({ ...context, limits: { connect, total } });
      record.mayBeApplied = true;
      return value;
    } catch (error) {
      const failure = Failure.from(error);
      const { status, mayBeApplied = false, retry } = failure.facts;
      record.status = status ?? record.status;
      record.mayBeApplied ||= mayBeApplied;
      if (signal.aborted) throw signal.reason;
      if (retry === undefined || (retry.policy === 'once' && wasRefused)) throw failure;
      wasRefused ||= retry.policy === 'once';
      const wait = nextWait(retry, record.attempts, Math.random());
      if (retry.policy !== 'connect') connectDeadline = now() + wait + CONNECT_LIMIT;
      record.gaveUp = reasonToGiveUp(retry, wait, deadline - now(), connectDeadline - now());
      if (record.gaveUp !== undefined) throw failure;
      onRetry(failure, record.attempts + 1, wait);
      await race(new Promise((resolve) => setTimeout(resolve, wait)), signal);
    }
  }
}

/**
 * How long to wait before the next attempt: as long as the server asks, plus exponential backoff, half of it random.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random from 0 to 1
 */
export function nextWait({ policy, wait = 0 }: Retry, attempts: number, random: number): number {
  const backoff = Math.min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_CAP);
  return (policy === 'once' ? NEW_KEY_WAIT : wait) + (backoff * (1 + random)) / 2;
}

/**
 * Why there is no time for another attempt, as a sentence; undefined if there is. All times are in milliseconds.
 *
 * @param connectTime what is left of the time for attempts without a secure connection
 */
export function reasonToGiveUp(retry: Retry, wait: number, time: number, connectTime: number): string | undefined {
  if (wait + MIN_ATTEMPT < Math.min(time, connectTime)) return undefined;
  if (wait + MIN_ATTEMPT < time) return `Gave up connecting after ${formatSeconds(CONNECT_LIMIT)}.`;
  const requested = retry.wait ?? 0;
  if (requested === 0 || requested < time) return '`timeout` leaves too little time for another attempt.';
  const left = formatSeconds(Math.max(time, 0));
  return `The server asks to wait ${formatSeconds(requested)}, but only ${left} of \`timeout\` is left.`;
}

/**
 * How long a server asks to wait after 429 or 503: the longest of these headers, each a number of seconds or a date
 * (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). A number above 10⁹ is read as a Unix time. Times are measured
 * against the server's date, because the runner's clock may be wrong.
 *
 * @param names lower-case names of the headers
 * @param localNow Unix time in milliseconds, used if the response has no `Date`
 * @returns milliseconds, never negative; undefined if none of the headers has a valid one
 */
export function requestedWait(response: Response, names: string[], localNow = Date.now()): number | undefined {
  const { status, headers } = response;
  if (status !== 429 && status !== 503) return undefined;
  const serverNow = parseTime(headers.date) ?? localNow;
  const waits = names
    .flatMap((name) => parseTime(headers[name]) ?? [])
    .map((time) => (time > 1e12 ? Math.max(time - serverNow, 0) : time));
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** Parses a number of seconds or an HTTP date, and returns milliseconds. */
function parseTime(value: string | readonly string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  // A number with more digits than a Unix time in seconds is not a wait.
  if (/^\s*\d{1,10}(?:\.\d+)?\s*$/.test(value)) return Number(value) * 1000;
  // Date.parse alone accepts almost anything.
  const time = /^\s*[A-Z][a-z]{2,8}, .*GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
