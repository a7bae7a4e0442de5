import { type IncomingHttpHeaders, type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { HttpClient } from '@actions/http-client';
import { formatSeconds, now } from '../time.ts';
import { followConnection } from './connection.ts';
import { describeNetworkError, NetworkError, type Route, timeoutError } from './network-error.ts';
import { proxyFor } from './proxy.ts';

/** Enough for a list of several thousand accounts and for any proxy's error page. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface Request {
  readonly method: 'GET' | 'PATCH';
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

export interface Response {
  readonly host: string;
  readonly status: number;
  /** The server's own words for the status, such as `Forbidden`. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** At most the first {@link MAX_BODY_BYTES}. */
  readonly body: string;
  readonly isComplete: boolean;
}

/** How long one attempt may take, in milliseconds. */
export interface Limits {
  /** Until the connection is secure: proxy, TCP and TLS. */
  readonly connect: number;
  /** Until the response is complete. */
  readonly total: number;
}

export interface RequestOptions {
  readonly limits: Limits;
  /** Ends the request when it aborts. */
  readonly signal: AbortSignal;
  /** Called with a line for the debug log: method, URL, status, time and rate limit; no other headers, and no bodies. */
  readonly trace: (line: string) => void;
}

/** Describes a response in a few words: `api.example.com returned 403 Forbidden`. */
export function describeResponse({ host, status, reason }: Response): string {
  return `${host} returned ${status} ${reason}`.trimEnd();
}

/** Whether the same request may get another response later. */
export function isTransient({ status }: Response): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws NetworkError if no complete response arrived from this host within the limits
 */
export async function sendRequest(request: Request, { limits, signal, trace }: RequestOptions): Promise<Response> {
  const { method, url } = request;
  const route = (): Route => ({ host: url.host, proxy, ...connection });
  const proxy = proxyFor(url);
  const ending = new AbortController();
  const connection = followConnection(() => {
    const message = `${url.host} sent 101 Switching Protocols, which was not requested.`;
    ending.abort(new NetworkError('illegible-response', message, { phase: 'secure' }));
  });
  // AbortSignal.timeout would not keep the process alive until it fires.
  const timers = Object.values(limits).map((limit) =>
    setTimeout(() => {
      if (limit === limits.total || connection.phase !== 'secure') ending.abort(timeoutError(route(), limit));
    }, limit),
  );
  const start = now();
  const traceEnd = (outcome: string): void =>
    trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
  try {
    const response = await race(send(request), AbortSignal.any([signal, ending.signal]));
    const limit = Object.entries(response.headers).filter(([name]) => name.startsWith('x-ratelimit-'));
    traceEnd([response.status, ...limit.map((header) => header.join(' '))].join(', '));
    return response;
  } catch (error) {
    const problem = signal.aborted
      ? timeoutError(route(), now() - start)
      : describeNetworkError(ending.signal.aborted ? error : (connection.error ?? error), route());
    traceEnd(problem instanceof NetworkError ? problem.problem : 'internal error');
    throw problem;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    connection.end();
  }
}

async function send({ method, url, headers, body: content = '' }: Request): Promise<Response> {
  // By default, the client follows redirects to any host and takes the keys along.
  const client = new HttpClient('datadog-opsgenie-account', [], { allowRedirects: false });
  // Without Accept-Encoding, any compression is allowed, and some middleboxes use it.
  const { message } = await client.request(method, url.href, content, { ...headers, 'Accept-Encoding': 'identity' });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The client's own readBody never settles if the response is cut off.
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > MAX_BODY_BYTES) break;
  }
  const body = new TextDecoder().decode(Buffer.concat(chunks, Math.min(size, MAX_BODY_BYTES)));
  const status = Number(message.statusCode);
  const reason = message.statusMessage || (STATUS_CODES[status] ?? '');
  return { host: url.host, status, reason, headers: message.headers, body, isComplete: size <= MAX_BODY_BYTES };
}

/** Settles like a promise, or rejects when a signal aborts first: for calls that do not accept a signal themselves. */
export function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}
