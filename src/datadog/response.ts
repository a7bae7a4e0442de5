import { type Details, type Facts, Failure, type FailureKind } from '../failure.ts';
import { NetworkError } from '../http/network-error.ts';
import { describeResponse, isTransient, type Response } from '../http/request.ts';
import { type Retry, requestedWait } from '../http/retry.ts';
import { isObject, parseJson, parseUrl, render } from '../parse.ts';
import * as remedies from '../remedies.ts';
import { type Organization, siteHints } from './organization.ts';
import { isKnownSite, KNOWN_SITES, siteOf } from './sites.ts';

/** The two calls: an update of an account, and a list of all. */
export type Call = 'update' | 'list';

/**
 * The failure for a request without a complete response. Anything but a NetworkError is returned unchanged.
 *
 * @param host the API host of the request
 */
export function failureFromNetworkError(error: unknown, host: string): unknown {
  if (!(error instanceof NetworkError)) return error;
  const { problem, message, mayBeSent, retry } = error;
  const [group] = problem.split('-');
  const kind = group === 'proxy' || group === 'certificate' ? group : 'network';
  const site = siteOf(host);
  return new Failure(problem === 'illegible-response' ? 'unexpected-response' : kind, message, {
    remedy: remedies.network(problem, host),
    hints: isKnownSite(site)
      ? []
      : [`${site} is not a site that Datadog documents. Documented sites: ${KNOWN_SITES.join(', ')}.`],
    mayBeApplied: mayBeSent,
    retry,
    cause: error,
  });
}

/** The failure for a response with a status other than 200. */
export function failureFromResponse(response: Response, call: Call, organization: Organization): Failure {
  const { host, status, headers } = response;
  const details = readErrors(response);
  const fail = (kind: FailureKind, facts: Pick<Facts, 'remedy' | 'hints'>, more = ''): Failure =>
    new Failure(kind, `${describeResponse(response)}${more}.`, {
      status,
      details,
      mayBeApplied: status < 300 || status >= 500,
      retry: retryAfter(response),
      ...facts,
    });
  if (status === 401 || status === 403)
    return fail('forbidden', explainDenial(details?.texts ?? [], call, organization));
  if (status === 429) {
    const limit = headers['x-ratelimit-name']; // Datadog's support needs it.
    return fail('rate-limited', { remedy: remedies.RATE_LIMITED }, limit && ` (rate limit ${limit})`);
  }
  if (isTransient(response)) return fail('unavailable', { remedy: remedies.unavailable(host) });
  // The list is documented without these, so they do not mean what they mean for an update.
  if (call === 'update' && (status === 400 || status === 422)) {
    return fail('update-rejected', { remedy: remedies.updateRejected(host) });
  }
  if (call === 'update' && status === 404) return fail('not-found', { remedy: remedies.accountId('unknown') });
  // https://www.rfc-editor.org/rfc/rfc9110#status.407 and https://www.rfc-editor.org/rfc/rfc6585#section-6
  if (status === 407 || status === 511) {
    const hints = ['This status comes from a proxy or a captive portal, not from Datadog.'];
    return fail('unexpected-response', { remedy: remedies.GATEWAY, hints });
  }
  const target = parseUrl(headers.location ?? '', `https://${host}`);
  if (status >= 300 && status < 400 && headers.location !== undefined) {
    return fail('unexpected-response', { remedy: remedies.GATEWAY }, target ? `, a redirect to ${target.host}` : '');
  }
  return fail('unexpected-response', { remedy: remedies.unexpectedResponse(host) });
}

/** Possible causes of 401 or 403. These statuses do not distinguish them. */
function explainDenial(
  texts: readonly string[],
  call: Call,
  organization: Organization,
): Pick<Facts, 'remedy' | 'hints'> {
  if (texts.some((text) => /allow-?list/i.test(text))) return { remedy: remedies.ALLOWLIST };
  const { site, credentials } = organization;
  const [invalid, holder] =
    'token' in credentials
      ? [`the access token in \`${credentials.source}\` is wrong, expired or revoked`, 'this token']
      : [`\`${credentials.sources.join('` or `')}\` is wrong or revoked, or they are swapped`, 'the application key'];
  const causes = [
    `${invalid}.`,
    `the owner or the scopes of ${holder} lack the permission \`${call === 'update' ? 'manage_integrations' : 'integrations_read'}\`.`,
    [`the organization is on a site other than ${site}.`, ...siteHints(organization)].join(' '),
    "the organization's IP allowlist does not include this runner.",
  ];
  return { remedy: remedies.forbidden(call), hints: causes.map((cause) => `Possible cause: ${cause}`) };
}

function retryAfter(response: Response): Retry | undefined {
  if (response.status === 401 || response.status === 403) return { policy: 'once' };
  const wait = requestedWait(response, ['x-ratelimit-reset', 'retry-after']);
  return isTransient(response) ? { policy: 'backoff', wait } : undefined;
}

/**
 * The `data` of a response with status 200; undefined if it has none.
 *
 * @throws Failure if the body is not valid JSON, or contains errors
 */
export function readData(response: Response): unknown {
  const { host, body, isComplete } = response;
  const json = parseJson(body);
  const coding = codingOf(response);
  if (coding !== undefined) throw unconfirmed(response, `the body is ${coding}`);
  if (!isComplete) throw unconfirmed(response, 'the body is larger than 1 MiB');
  // A body may end only when the connection closes, so broken JSON without anything behind it is the only sign of that.
  if (json === undefined && /^\s*\{/.test(body) && parseJson(body.slice(0, body.lastIndexOf('}') + 1)) === undefined) {
    const error = new NetworkError('no-response', `${host} returned JSON that is cut off.`, { phase: 'secure' });
    throw failureFromNetworkError(error, host);
  }
  if (body.trim() === '') throw unconfirmed(response, 'the body is empty');
  if (json === undefined) throw unconfirmed(response, `the body is not valid JSON: ${describeText(body)}`);
  if (declaredErrors(json) === undefined) return isObject(json) ? json.data : undefined;
  throw unconfirmed(response, 'the body contains errors', readErrors(response));
}

/**
 * The failure for a response that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
export function unconfirmed(response: Response, what: string, details?: Details): Failure {
  const { host, status } = response;
  const facts = { status, details, mayBeApplied: true, remedy: remedies.unexpectedResponse(host) };
  return new Failure('unexpected-response', `${describeResponse(response)}, but ${what}.`, facts);
}

/**
 * Reads the errors in the body of a response, whatever its shape. The shape does not follow from the status: there are
 * `{"errors": ["…"]}`, `{"errors": [{"title", "detail", "source", …}]}`, `{"error": {…}}`, plain text, and web pages
 * from something between the runner and Datadog.
 *
 * @returns undefined if the body says nothing
 */
export function readErrors(response: Response): Details | undefined {
  const json = parseJson(response.body);
  // An empty list of errors means none. Any other body is shown in full.
  const errors = declaredErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
  const found: readonly unknown[] = Array.isArray(errors) ? errors : [errors];
  const text = codingOf(response) ?? describeText(response.body);
  const texts = (json === undefined ? [text] : found.map(describeError)).filter(isText);
  return texts.length === 0 ? undefined : { label: json === undefined ? 'Response body' : 'Datadog said', texts };
}

/** Describes a compressed body, which cannot be read; undefined for any other one. */
function codingOf({ headers }: Response): string | undefined {
  const coding = headers['content-encoding'] ?? 'identity';
  return coding === 'identity' ? undefined : `compressed (${coding}), although no compression was requested`;
}

/** Describes a body that is not JSON: a web page by its title, other text unchanged. */
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

/** Describes one error: a string unchanged, an object by its JSON:API fields (https://jsonapi.org/format/#error-objects). */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  const { title, detail, message, source } = isObject(error) ? error : {};
  const words = [title, detail ?? message].filter(isText).join(': ');
  const places = Object.entries(isObject(source) ? source : {}).flatMap(([name, place]) =>
    isText(place) ? `${name} ${place}` : [],
  );
  if (words === '') return render(error);
  return places.length === 0 ? words : `${words} (${places.join(', ')})`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
