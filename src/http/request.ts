import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { HttpClient } from '@actions/http-client';
import type { RequestHandler } from '@actions/http-client/lib/interfaces';
import { formatSeconds, now } from '../time.ts';
import { race } from './abort.ts';
import { describeNetworkError, NetworkError } from './network-error.ts';
import { proxyFor } from './proxy.ts';

const USER_AGENT = 'datadog-opsgenie-account';

/** Enough for a list of several thousand accounts and for any proxy's error page. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface Request {
  readonly method: 'GET' | 'PATCH';
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined for none. */
  readonly body: string | undefined;
  /** Lower-case names of the response headers that debug logs may show. */
  readonly tracedHeaders: readonly string[];
}

export interface Response {
  readonly host: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most {@link MAX_BODY_BYTES}. */
  readonly body: string;
  /** False if there was more. */
  readonly isComplete: boolean;
}

/** How a request is sent. */
export interface RequestOptions {
  /** Milliseconds for everything: proxy, connection, TLS, request and response. */
  readonly timeLimit: number;
  /** Ends the request when it aborts. */
  readonly signal: AbortSignal;
  /** Called with a line for the debug log: method, URL, status, time and traced headers; never other headers or bodies. */
  readonly trace: (line: string) => void;
}

/** Describes a response in a few words: `api.datadoghq.eu returned 403 Forbidden`. */
export function describeResponse({ host, status }: Response): string {
  return [host, 'returned', status, STATUS_CODES[status] ?? ''].join(' ').trimEnd();
}

/** Whether the same request may get another response later. */
export function isTransient({ status }: Response): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/**
 * Sends one request and reads the response, whatever its status. Redirects are not followed.
 *
 * @throws NetworkError if no complete response arrived from this host within the limit
 */
export async function sendRequest(request: Request, { timeLimit, signal, trace }: RequestOptions): Promise<Response> {
  const { method, url, tracedHeaders } = request;
  const proxy = proxyFor(url);
  const host = proxy === undefined ? url.host : `${url.host} (through the proxy ${proxy.host})`;
  const timeUp = new AbortController();
  const ended = AbortSignal.any([signal, timeUp.signal]);
  // AbortSignal.timeout would not keep the process alive until it fires.
  const timer = setTimeout(() => {
    const message = `${host} did not send a complete response within ${formatSeconds(timeLimit)}.`;
    timeUp.abort(new NetworkError('no-response', message, { timedOut: true }));
  }, timeLimit);
  // By default, the client follows redirects to any host and takes the keys along.
  const client = new HttpClient(USER_AGENT, [abortable(ended)], { allowRedirects: false });
  const start = now();
  const traceEnd = (outcome: string): void =>
    trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
  try {
    // Aborting the client's request does not end a proxy that never responds to CONNECT.
    const response = await race(send(client, request), ended);
    const { status, headers } = response;
    traceEnd(
      [status, ...tracedHeaders.flatMap((name) => (name in headers ? `${name} ${headers[name]}` : []))].join(', '),
    );
    return response;
  } catch (error) {
    const problem = signal.aborted ? signal.reason : describeNetworkError(error, host);
    traceEnd(problem instanceof NetworkError ? problem.problem : 'aborted');
    throw problem;
  } finally {
    clearTimeout(timer);
  }
}

async function send(client: HttpClient, { method, url, headers, body }: Request): Promise<Response> {
  const { message } = await client.request(method, url.href, body ?? null, headers);
  const status = Number(message.statusCode);
  return { host: url.host, status, headers: message.headers, ...(await readBody(message)) };
}

/** Reads a body up to the limit. (The client's own readBody never settles if the response is cut off.) */
async function readBody(message: IncomingMessage): Promise<Pick<Response, 'body' | 'isComplete'>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > MAX_BODY_BYTES) break;
  }
  const bytes = Buffer.concat(chunks, Math.min(size, MAX_BODY_BYTES));
  return { body: new TextDecoder().decode(bytes), isComplete: size <= MAX_BODY_BYTES };
}

/** Lets a signal abort a request of the client, which has no option for it. */
function abortable(signal: AbortSignal): RequestHandler {
  return {
    prepareRequest: (options) => {
      options.signal = signal;
    },
    canHandleAuthentication: () => false,
    // The interface requires it. The client calls it only after a true above.
    handleAuthentication: () => Promise.reject(new Error('not supported')),
  };
}
