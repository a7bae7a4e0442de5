import type { Answer } from './exchange.ts';

/** Datadog's rate limit headers: https://docs.datadoghq.com/api/latest/rate-limits/ */
export const RATE_LIMIT_HEADERS = ['limit', 'period', 'remaining', 'reset', 'name'].map(
  (name) => `x-ratelimit-${name}`,
);

/** From here on, a number of seconds can only be a Unix time (September 2001). */
const FIRST_UNIX_TIME = 1_000_000_000;

/**
 * How long a server asks to wait after 429 or 503: `X-RateLimit-Reset` in seconds (a Unix time has also been seen) or `Retry-After` in
 * seconds or as a date (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after), whichever is longer. Points in time
 * are measured against the answer's `Date` header, because the runner's clock may be wrong.
 *
 * @param localNow Unix time in milliseconds, used if the answer has no `Date`
 * @returns milliseconds, never negative; undefined if the server names no wait that makes sense
 */
export function serverWait({ status, headers }: Answer, localNow = Date.now()): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const now = parseDate(headers.date ?? '') ?? localNow;
  const waits = [headers['x-ratelimit-reset'], headers['retry-after']].flatMap((value) =>
    typeof value === 'string' ? (parseWait(value.trim(), now) ?? []) : [],
  );
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function parseWait(value: string, now: number): number | undefined {
  // A number with more digits than a Unix time in seconds is not a wait.
  if (/^\d{1,10}(?:\.\d+)?$/.test(value)) {
    const number = Number(value);
    return number < FIRST_UNIX_TIME ? number * 1000 : Math.max(number * 1000 - now, 0);
  }
  const date = parseDate(value);
  return date === undefined ? undefined : Math.max(date - now, 0);
}

function parseDate(value: string): number | undefined {
  // Date.parse alone accepts almost anything.
  const date = /^[A-Z][a-z]{2,8}, .*GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
