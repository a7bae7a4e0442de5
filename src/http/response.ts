import type { Retry } from '../failure.ts';
import type { Response } from './request.ts';

/** Describes a response in a few words: `api.example.com returned 403 Forbidden`. */
export function describeResponse({ host, status, reason, isComplete }: Response): string {
  const returned = `${host} returned ${status} ${reason}`.trimEnd();
  return isComplete ? returned : `${returned}, with a body of more than 1 MiB`;
}

/** Quotes a response that does not have the service's own format, without markup. Not sanitized. */
export function quoteBody({ text }: Response): string[] {
  // A pattern that could cross `<` would take minutes on a body of `<`.
  const words = text.replace(/<[^<>]*>/g, ' ').trim();
  const hint = 'This response may come from a proxy or firewall.';
  return words === '' ? [hint] : [`Response body: ${words}`, hint];
}

/** Whether another attempt may get another response. */
export function isTransient({ status }: Response): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/**
 * Decides by status alone whether to try again. After 429 and 503, waits as long as the longest of the headers asks.
 *
 * @param waitHeaders lower-case names of headers that hold a number of seconds
 */
export function retryAfter(response: Response, waitHeaders: readonly string[]): Retry | undefined {
  const { status, headers } = response;
  // A service can refuse a key that was created moments ago.
  if (status === 401 || status === 403) return { policy: 'once' };
  if (!isTransient(response) || !response.isComplete) return undefined;
  if (status !== 429 && status !== 503) return { policy: 'backoff' };
  // A value with more digits is a Unix time, and a value that is not a number is a date.
  const waits = waitHeaders.map((name) => `${headers[name]}`).filter((value) => /^\d{1,9}(?:\.\d+)?$/.test(value));
  return { policy: 'backoff', wait: Math.max(0, ...waits.map(Number)) * 1000 };
}
