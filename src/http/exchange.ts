import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { HttpClient } from '@actions/http-client';
import type { RequestHandler } from '@actions/http-client/lib/interfaces';
import { Failure } from '../failure.ts';
import { formatSeconds, now } from '../time.ts';
import { networkFailure } from './network-failure.ts';
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
  /** Lower-case names of the answer's headers that debug logs may show. */
  readonly tracedHeaders: readonly string[];
}

export interface Answer {
  readonly host: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most {@link MAX_BODY_BYTES}. */
  readonly body: string;
  /** False if there was more. */
  readonly isComplete: boolean;
}

/** Describes an answer: `api.datadoghq.eu answered 403 Forbidden`. */
export function describeAnswer({ host, status }: Answer): string {
  return [host, 'answered', status, STATUS_CODES[status] ?? ''].join(' ').trimEnd();
}

/** Whether the same request may get another answer later. */
export function isTemporary({ status }: Answer): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/** Takes one line for the debug log. */
export type Trace = (line: string) => void;

/**
 * Sends one request and reads the answer, whatever its status. Redirects are not followed.
 *
 * @param timeLimit milliseconds for everything: proxy, connection, TLS, request and answer
 * @param trace takes method, URL, status, time and the traced headers; never other headers or bodies
 * @throws Failure if no answer came from this host within the limit, or only a part of one
 */
export async function exchange(request: Request, timeLimit: number, trace: Trace): Promise<Answer> {
  const { method, url, tracedHeaders } = request;
  const proxy = proxyFor(url);
  const host = proxy === undefined ? url.host : `${url.host} (through the proxy ${proxy.host})`;
  // With a proxy login, the client's tunnel calls the deprecated Buffer(); users cannot act on that warning.
  if (proxy !== undefined) process.noDeprecation = true;
  // Keys never travel over a connection whose other end is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

  const abort = new AbortController();
  // By default, the client follows redirects to any host and takes the keys along.
  const client = new HttpClient(USER_AGENT, [abortable(abort.signal)], { allowRedirects: false });
  const start = now();
  const traceEnd = (outcome: string): void =>
    trace(`${method} ${url.href}: ${outcome}, after ${formatSeconds(now() - start)}`);
  let timer: NodeJS.Timeout | undefined;
  // No timeout or signal of the client ends a proxy that never answers CONNECT, hence the race against a timer.
  // AbortSignal.timeout would not do: it does not keep the process alive until it fires.
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${host} did not send a complete answer within ${formatSeconds(timeLimit)}.`;
      reject(new Failure('no-answer', message, { mayBeApplied: true }));
      abort.abort();
    }, timeLimit);
  });
  try {
    const answer = await Promise.race([send(client, request), timeUp]);
    const traced = tracedHeaders.flatMap((name) => (name in answer.headers ? `${name} ${answer.headers[name]}` : []));
    traceEnd([answer.status, ...traced].join(', '));
    return answer;
  } catch (error) {
    const failure = networkFailure(error, host);
    traceEnd(failure.kind);
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

async function send(client: HttpClient, { method, url, headers, body }: Request): Promise<Answer> {
  const { message } = await client.request(method, url.href, body ?? null, headers);
  const status = Number(message.statusCode);
  return { host: url.host, status, headers: message.headers, ...(await readBody(message)) };
}

/** Reads a body up to the limit. (The client's own readBody never settles if the answer is cut off.) */
async function readBody(message: IncomingMessage): Promise<Pick<Answer, 'body' | 'isComplete'>> {
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
    /* v8 ignore next -- @preserve: the interface requires it, but the client calls it only after a true above */
    handleAuthentication: () => Promise.reject(new Error('not supported')),
  };
}
