import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { HttpClient } from '@actions/http-client';
import { Failure } from '../failure.ts';
import { formatSeconds, now } from '../time.ts';
import { followConnection } from './connection.ts';
import { failureFromError, type Route, timeoutFailure } from './network-error.ts';
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
  /** The server's reason phrase for the status, such as `Forbidden`. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** The body. Empty if it is too large. */
  readonly text: string;
  /** True if the body is larger than {@link MAX_BODY_BYTES}. */
  readonly isTooLarge: boolean;
}

export interface RequestOptions {
  /** Time limit until the connection is secure (proxy, TCP, and TLS), in milliseconds. */
  readonly connectLimit: number;
  /** Time limit until the response is complete, in milliseconds. */
  readonly limit: number;
  /** Aborting ends the request. The reason must be a Failure. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Called with a debug log line: method, URL, status, time, and rate limit, but no other headers and no bodies. */
  readonly trace: (line: string) => void;
}

/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws Failure if no complete response arrives from the host within the limits
 */
export async function sendRequest(request: Request, options: RequestOptions): Promise<Response> {
  const { url } = request;
  const start = now();
  const proxy = proxyFor(url);
  const ending = new AbortController();
  const connection = followConnection(() => {
    const message = `${url.host} sent 101 Switching Protocols, which was not requested.`;
    ending.abort(new Failure('unexpected-response', message));
  });
  const route = (): Route => ({ host: url.host, proxy, ...connection });
  const stopTimers = startTimers(options, route, ending);
  try {
    const response = await race(send(request, options.userAgent), AbortSignal.any([options.signal, ending.signal]));
    options.trace(traceLine(request, [response.status, ...rateLimitHeaders(response)].join(', '), start));
    return response;
  } catch (error) {
    const known = error instanceof Failure ? error : failureFromError(connection.error ?? error, route());
    const failure = known.with({ hadNoEffect: connection.phase !== 'secure' });
    options.trace(traceLine(request, failure.kind, start));
    throw failure;
  } finally {
    stopTimers();
    connection.end();
  }
}

/** Aborts the request when a limit is reached. Returns a function that stops both timers. */
function startTimers({ connectLimit, limit }: RequestOptions, route: () => Route, ending: AbortController): () => void {
  const timeOut = (after: number): void => ending.abort(timeoutFailure(route(), after));
  // AbortSignal.timeout would not keep the process alive until it fires.
  const connectTimer = setTimeout(() => route().phase !== 'secure' && timeOut(connectLimit), connectLimit);
  const timer = setTimeout(timeOut, limit, limit);
  return () => {
    clearTimeout(connectTimer);
    clearTimeout(timer);
  };
}

function traceLine({ method, url }: Request, result: string, start: number): string {
  return `${method} ${url.href}: ${result}, after ${formatSeconds(now() - start)}`;
}

async function send({ method, url, headers, body = '' }: Request, userAgent: string): Promise<Response> {
  // By default, the client follows redirects to any host and sends the keys there too.
  const client = new HttpClient(userAgent, [], { allowRedirects: false });
  // Without Accept-Encoding, any compression is allowed, and some middleboxes compress responses.
  const { message } = await client.request(method, url.href, body, { ...headers, 'Accept-Encoding': 'identity' });
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The client's own readBody never settles if the response is cut off.
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > MAX_BODY_BYTES) break;
  }
  const isTooLarge = size > MAX_BODY_BYTES;
  const text = isTooLarge ? '' : new TextDecoder().decode(Buffer.concat(chunks));
  const status = Number(message.statusCode);
  const reason = message.statusMessage ?? '';
  return { host: url.host, status, reason, headers: message.headers, text, isTooLarge };
}

function rateLimitHeaders({ headers }: Response): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ratelimit-'))
    .map((header) => header.join(' '));
}

/** Describes a response in a few words: `api.example.com returned 403 Forbidden`. */
export function describeResponse({ host, status, reason, isTooLarge }: Response): string {
  const returned = `${host} returned ${status} ${reason}`.trimEnd();
  return isTooLarge ? `${returned}, with a body of more than 1 MiB` : returned;
}

/** Quotes a response that is not in the service's own format, without tags, styles, and scripts. Not sanitized. */
export function quoteBody({ text }: Response): string[] {
  // As in a browser, a style or script without an end extends to the end of the page.
  // A pattern that fails after a long search would take minutes on a body full of `<`.
  const words = text.replace(/<(style|script)\b.*?(?=<\/\1|$)|<[^<>]*>/gis, ' ').trim();
  const hint = 'This response may come from a proxy or firewall.';
  return words === '' ? [hint] : [`Response body: ${words}`, hint];
}

/** Settles like the promise, or rejects if the signal aborts first. For calls that do not accept a signal. */
export function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}
