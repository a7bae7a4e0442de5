import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { HttpClient } from '@actions/http-client';
import type { RequestHandler } from '@actions/http-client/lib/interfaces';
import { checkBypass, getProxyUrl } from '@actions/http-client/lib/proxy';
import { Failure, type FailureKind } from '../failure.ts';
import { seconds, systemClock } from './retry.ts';

/** Name and version of this project; a test holds the version against package.json. */
export const USER_AGENT = 'datadog-opsgenie-account/1.0.0';

/** Datadog's answers here are a few hundred bytes, or a hundred for each account. What is larger takes long to clean. */
const MAX_BODY_BYTES = 64 * 1024;

export interface Request {
  readonly method: 'GET' | 'PATCH';
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined for none. */
  readonly body: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Is told of each exchange in one line: method, URL, status, time, rate limit. Never headers or bodies. */
export type Trace = (line: string) => void;

/**
 * Sends one request and reads the whole answer, whatever its status. Redirects are not followed.
 *
 * @param timeLimit milliseconds for everything: proxy, connection, TLS, request and answer
 * @throws Failure if no complete answer came from this host within the limit
 */
export async function exchange(request: Request, timeLimit: number, trace: Trace): Promise<Answer> {
  const proxy = proxyFor(request.url);
  const host = proxy === undefined ? request.url.host : `${request.url.host} (through the proxy ${proxy.host})`;
  // The client's tunnel calls the deprecated Buffer() where the proxy wants a login; that is nothing for a user's log.
  if (proxy !== undefined) process.noDeprecation = true;
  // Keys never travel over a connection whose other end is not verified, whatever the environment says.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

  const abort = new AbortController();
  // By default the client follows a redirect to any host, with the keys still in the headers.
  const client = new HttpClient(USER_AGENT, [abortable(abort.signal)], { allowRedirects: false });
  const start = systemClock.now();
  const traceEnd = (how: string): void =>
    trace(`${request.method} ${request.url.href}: ${how}, after ${seconds(systemClock.now() - start)}`);
  let timer: NodeJS.Timeout | undefined;
  // No timeout or signal of the client ends a proxy that never answers CONNECT, so the exchange races against a timer.
  // AbortSignal.timeout would not do: it does not keep the process alive until it fires.
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${host} gave no complete answer within ${seconds(timeLimit)}.`;
      reject(new Failure('no-answer', message, { mayBeApplied: true }));
      abort.abort();
    }, timeLimit);
  });
  try {
    const answer = await Promise.race([send(client, request, host), timeUp]);
    traceEnd([answer.status, ...rateLimit(answer)].join(', '));
    return answer;
  } catch (error) {
    const failure = networkFailure(error, host);
    traceEnd(failure.kind);
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

async function send(client: HttpClient, request: Request, host: string): Promise<Answer> {
  const { message } = await client.request(request.method, request.url.href, request.body ?? null, request.headers);
  return { status: Number(message.statusCode), headers: message.headers, body: await readBody(message, host) };
}

/** Reads a body up to the cap. (The client's own readBody never settles when the answer is cut off.) */
async function readBody(message: IncomingMessage, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      const text = `${host} answered with more than ${MAX_BODY_BYTES / 1024} KiB.`;
      throw new Failure('answer-too-large', text, { status: message.statusCode, mayBeApplied: true });
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function rateLimit({ headers }: Answer): string[] {
  const names = Object.keys(headers).filter((name) => name.startsWith('x-ratelimit-'));
  return names.map((name) => `${name} ${headers[name]}`);
}

/** Lets a signal end a request of the client, which has no option for it. */
function abortable(signal: AbortSignal): RequestHandler {
  return {
    prepareRequest: (options) => {
      options.signal = signal;
    },
    canHandleAuthentication: () => false,
    /* v8 ignore next -- @preserve: the interface asks for it, but the client calls it only after a true above */
    handleAuthentication: () => Promise.reject(new Error('not supported')),
  };
}

/**
 * The proxy that the client will use for a URL, undefined for none.
 *
 * @throws Failure if a proxy is set that the client cannot use: it would go direct, without a word
 */
function proxyFor(url: URL): URL | undefined {
  const set = process.env.https_proxy || process.env.HTTPS_PROXY;
  if (!set || checkBypass(url)) return undefined;
  const proxy = usableProxy(url);
  if (proxy === undefined) {
    const variable = process.env.https_proxy ? 'https_proxy' : 'HTTPS_PROXY';
    // The value is not shown: it may hold a password.
    throw new Failure(
      'proxy-settings',
      `The environment variable ${variable} is set, but not to the URL of a proxy that can be used.`,
    );
  }
  return proxy;
}

function usableProxy(url: URL): URL | undefined {
  try {
    const proxy = getProxyUrl(url);
    // An IPv6 address would be looked up as a name, brackets and all.
    if (!proxy?.hostname || proxy.hostname.startsWith('[') || !/^https?:$/.test(proxy.protocol)) return undefined;
    // A password with a character of URLs in it ends the host too early, and would be shown in its place.
    return [proxy.pathname, proxy.search, proxy.hash].some((part) => part.includes('@')) ? undefined : proxy;
  } catch {
    return undefined;
  }
}

/** Codes, and messages without a code of their own, of errors that come before a byte of the request was sent. */
const NOT_SENT = /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$|^connect |before secure TLS connection/;

/** Codes of a certificate that does not verify. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /_CERT(?:_|$)|^CERT_|^UNABLE_TO_|^INVALID_|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;

/** The only trace of what a proxy did in the tunnel's errors. */
const TUNNEL =
  /^tunneling socket could not be established, (?:statusCode=(\d+)|cause=(.*))|^got illegal response body from proxy$/;

/** What an answer of a proxy to CONNECT means, or none (NaN). Of refusals, only those of the server's side may pass. */
function proxyFailure(status: number): FailureKind {
  if (status === 407) return 'proxy-login';
  return status < 500 ? 'proxy-refused' : 'proxy-failed';
}

/** The failure that an error of the HTTP client stands for. */
export function networkFailure(error: unknown, host: string): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof code !== 'string') return Failure.from(error);
  // An error for several addresses of a name says nothing itself.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const what = (first instanceof Error && first.message) || code;
  const [tunnel, status, cause] = TUNNEL.exec(what) ?? [];
  // The tunnel hands on only the words of an error, not its code.
  if (cause !== undefined && /certificate/.test(cause)) {
    return new Failure('certificate', `The certificate of the proxy is not trusted: ${cause}.`, { cause: error });
  }
  if (tunnel !== undefined) {
    const reason = status === undefined ? (cause ?? what) : `the proxy answered ${status}`;
    return new Failure(proxyFailure(Number(status)), `No connection to ${host}: ${reason}.`, { cause: error });
  }
  if (CERTIFICATE.test(code)) {
    return new Failure('certificate', `The certificate of ${host} is not trusted: ${what} (${code}).`, {
      cause: error,
    });
  }
  if (NOT_SENT.test(code) || NOT_SENT.test(what)) {
    return new Failure('unreachable', `No connection to ${host}: ${what}.`, { cause: error });
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Failure('answer-too-large', `${host} answered with endless headers.`, {
      mayBeApplied: true,
      cause: error,
    });
  }
  const text = `The connection to ${host} broke before the answer was complete: ${what}.`;
  return new Failure('answer-cut-off', text, { mayBeApplied: true, cause: error });
}
