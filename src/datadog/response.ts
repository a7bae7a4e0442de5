import { type Details, Failure, type FailureKind } from '../failure.ts';
import { NetworkError, type NetworkProblem } from '../http/network-error.ts';
import { describeResponse, isTransient, type Response } from '../http/request.ts';
import { type Retry, requestedWait } from '../http/retry.ts';
import { isObject, parseJson, render } from '../json.ts';
import {
  forbiddenRemedy,
  networkRemedy,
  notFoundRemedy,
  RATE_LIMITED_REMEDY,
  REDIRECT_REMEDY,
  unavailableRemedy,
  unexpectedResponseRemedy,
  updateRejectedRemedy,
} from '../remedies.ts';

/** Datadog's rate limit headers: https://docs.datadoghq.com/api/latest/rate-limits/ */
export const RATE_LIMIT_HEADERS = ['limit', 'period', 'remaining', 'reset', 'name'].map(
  (name) => `x-ratelimit-${name}`,
);

const NETWORK_KINDS: Readonly<Record<NetworkProblem, FailureKind>> = {
  'proxy-setting': 'proxy',
  'proxy-credentials': 'proxy',
  'proxy-denied': 'proxy',
  'proxy-unavailable': 'proxy',
  certificate: 'certificate',
  'no-connection': 'network',
  'no-response': 'network',
  'illegible-response': 'unexpected-response',
};

/** The failure for a request without a complete response. Anything but a NetworkError is returned as it is. */
export function failureFromNetworkError(error: unknown): unknown {
  if (!(error instanceof NetworkError)) return error;
  const { problem, message, mayBeSent, timedOut, retry } = error;
  return new Failure(NETWORK_KINDS[problem], message, {
    remedy: networkRemedy(problem),
    mayBeApplied: mayBeSent,
    timedOut,
    retry,
    cause: error,
  });
}

/** The kinds of failure that a status of the update means. The same status of another call is unexpected. */
const UPDATE_KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'update-rejected',
  404: 'not-found',
  422: 'update-rejected',
};

const KINDS: Readonly<Record<number, FailureKind>> = { 401: 'forbidden', 403: 'forbidden', 429: 'rate-limited' };

/**
 * The failure for a response with a status other than 200.
 *
 * @param call what was requested
 */
export function failureFromResponse(response: Response, call: 'update' | 'list', site: string): Failure {
  const { status, headers } = response;
  const kind =
    KINDS[status] ??
    (call === 'update' ? UPDATE_KINDS[status] : undefined) ??
    (isTransient(response) ? 'unavailable' : 'unexpected-response');
  const isRedirect = status >= 300 && status < 400 && headers.location !== undefined;
  return new Failure(kind, `${describeResponse(response)}${describeHeaders(response)}.`, {
    remedy: isRedirect ? REDIRECT_REMEDY : remedyFor(kind, site),
    status,
    details: readErrors(response.body),
    mayBeApplied: status < 300 || status >= 500,
    retry: retryAfter(response),
  });
}

function remedyFor(kind: FailureKind, site: string): string {
  switch (kind) {
    case 'update-rejected':
      return updateRejectedRemedy(site);
    case 'forbidden':
      return forbiddenRemedy();
    case 'not-found':
      return notFoundRemedy();
    case 'rate-limited':
      return RATE_LIMITED_REMEDY;
    case 'unavailable':
      return unavailableRemedy(site);
    default:
      return unexpectedResponseRemedy(site);
  }
}

/** Whether and when another attempt may get a better response. */
export function retryAfter(response: Response): Retry | undefined {
  const { status } = response;
  if (status === 401 || status === 403) return { policy: 'once' };
  if (!isTransient(response)) return undefined;
  return { policy: 'backoff', wait: requestedWait(response, ['x-ratelimit-reset', 'retry-after']) };
}

/** What the headers add: the name of the rate limit, which Datadog's support needs, or the target of a redirect. */
function describeHeaders({ host, status, headers }: Response): string {
  const limit = headers['x-ratelimit-name'];
  if (status === 429 && limit !== undefined) return ` (rate limit ${limit})`;
  if (status < 300 || status >= 400 || headers.location === undefined) return '';
  const target = URL.parse(headers.location, `https://${host}`);
  return target === null ? '' : `, a redirect to ${target.host}`;
}

/**
 * The `data` of a response with status 200; undefined if it has none.
 *
 * @throws Failure if the body is not valid JSON, or contains errors
 */
export function readData(response: Response, site: string): unknown {
  const { body, isComplete } = response;
  if (!isComplete) throw unconfirmed(response, 'the body is too large', site);
  const json = parseJson(body);
  // A body may end only when the connection closes, so broken JSON is the only sign that it was cut off.
  if (json === undefined && body.trimStart().startsWith('{')) {
    throw new Failure('network', `${describeResponse(response)}, but the JSON is cut off.`, {
      remedy: networkRemedy('no-response'),
      status: response.status,
      mayBeApplied: true,
      retry: { policy: 'backoff' },
    });
  }
  if (json === undefined) {
    const what = body.trim() === '' ? 'the body is empty' : `the body is not valid JSON: ${describeText(body)}`;
    throw unconfirmed(response, what, site);
  }
  if (declaredErrors(json) !== undefined) {
    throw unconfirmed(response, 'the body contains errors', site, readErrors(body));
  }
  return isObject(json) ? json.data : undefined;
}

/**
 * The failure for a response that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
export function unconfirmed(response: Response, what: string, site: string, details?: Details): Failure {
  return new Failure('unexpected-response', `${describeResponse(response)}, but ${what}.`, {
    remedy: unexpectedResponseRemedy(site),
    status: response.status,
    details,
    mayBeApplied: true,
  });
}

/**
 * Reads the errors in the body of a response, whatever its shape. The shape does not follow from the status: there are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns undefined if the body says nothing
 */
export function readErrors(body: string): Details | undefined {
  const json = parseJson(body);
  const found = json === undefined ? [describeText(body)] : errorsOf(json).map(describeError);
  const texts = found.filter((text) => text.trim() !== '');
  return texts.length === 0 ? undefined : { label: json === undefined ? 'Response body' : 'Datadog said', texts };
}

/** Describes a body that is not JSON: a web page by its title, other text by itself. */
function describeText(body: string): string {
  if (!/^\s*<(?:!doctype html|!--|html|head|body)/i.test(body)) return body;
  const title = /<title[^<>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title ? `a web page titled "${title}"` : 'a web page without a title';
}

/** What a JSON body declares as its errors, whatever else it contains; undefined for none. */
function declaredErrors(json: unknown): unknown {
  const fields = isObject(json) ? [json.errors, json.error] : [];
  return fields.find((errors) => (Array.isArray(errors) ? errors.length > 0 : errors !== undefined && errors !== null));
}

function errorsOf(json: unknown): readonly unknown[] {
  // An empty list of errors means none. Any other body is shown in full.
  const errors = declaredErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
  return Array.isArray(errors) ? errors : [errors];
}

/** Describes one error: a string by itself, an object by the fields of JSON:API (https://jsonapi.org/format/#error-objects). */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isObject(error)) {
    const words = [error.title, error.detail ?? error.message].filter(isText);
    const place = describeSource(error.source);
    if (words.length > 0) return words.join(': ') + (place === '' ? '' : ` (${place})`);
  }
  return render(error);
}

function describeSource(source: unknown): string {
  if (!isObject(source)) return '';
  return ['pointer', 'parameter', 'header']
    .flatMap((name) => (isText(source[name]) ? `${name} ${source[name]}` : []))
    .join(', ');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
