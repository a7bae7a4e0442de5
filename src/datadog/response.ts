import { type Details, type Facts, Failure, type FailureKind } from '../failure.ts';
import { codingOf, describeBody, mayBeCutOff, quoteBody, readJson } from '../http/body.ts';
import { NetworkError, type NetworkProblem } from '../http/network-error.ts';
import { describeResponse, isTransient, type Response } from '../http/request.ts';
import { requestedWait } from '../http/retry.ts';
import { isObject, parseUrl, render } from '../parse.ts';
import * as remedies from '../remedies.ts';
import { type Organization, siteHints } from './organization.ts';
import { KNOWN_SITES, siteOf } from './sites.ts';

export type Call = 'update' | 'list';

/** The failure for a request without a complete response. Anything but a NetworkError is returned unchanged. */
export function failureFromNetworkError(error: unknown, host: string): unknown {
  if (!(error instanceof NetworkError)) return error;
  const { problem, message, mayBeSent, retry } = error;
  const site = siteOf(host);
  const hint = `Check \`site\`: Datadog documents no site ${site}, only ${KNOWN_SITES.join(', ')}.`;
  return new Failure(kindOf(problem), message, {
    remedy: remedies.network(problem, host),
    hints: KNOWN_SITES.includes(site) ? [] : [hint],
    mayBeApplied: mayBeSent,
    retry,
    cause: error,
  });
}

function kindOf(problem: NetworkProblem): FailureKind {
  if (problem === 'illegible-response') return 'unexpected-response';
  if (problem.startsWith('proxy')) return 'proxy';
  return problem.startsWith('certificate') ? 'certificate' : 'network';
}

/** The failure for a response with a status other than 200. */
export function failureFromResponse(response: Response, call: Call, organization: Organization): Failure {
  const { host, status, reason, headers } = response;
  const details = readErrors(response);
  // What is not an error in Datadog's format may come from something else.
  const isForeign = details !== undefined && declaredErrors(readJson(response)) === undefined;
  const wait = requestedWait(response, ['x-ratelimit-reset', 'retry-after']);
  const fail = (kind: FailureKind, facts: Facts, more = ''): Failure =>
    new Failure(kind, `${describeResponse(response)}${more}.`, {
      status,
      details,
      mayBeApplied: status < 300 || (status >= 500 && status !== 511), // 511 comes from a captive portal.
      retry: isTransient(response) ? { policy: 'backoff', wait } : undefined,
      ...facts,
    });
  if (status === 401 || status === 403) {
    // A proxy can have an allowlist as well, but is unlikely to say so in JSON.
    const said = [reason, ...(readJson(response) === undefined ? [] : (details?.texts ?? []))].join('\n');
    return fail('forbidden', { ...explainDenial(said, isForeign, call, organization), retry: { policy: 'once' } });
  }
  if (status === 429) {
    const limit = headers['x-ratelimit-name']; // Datadog's support needs it.
    return fail('rate-limited', { remedy: remedies.RATE_LIMITED }, limit && ` (rate limit ${limit})`);
  }
  if (isTransient(response)) return fail('unavailable', { remedy: remedies.unavailable(host) });
  // Only the update documents 400, 404 and 422.
  if (call === 'update' && (status === 400 || status === 422)) {
    return fail('update-rejected', { remedy: remedies.UPDATE_REJECTED });
  }
  if (call === 'update' && status === 404) {
    const hints = isForeign ? ['Possible cause: a proxy or firewall on the way to Datadog sent this response.'] : [];
    return fail('not-found', { remedy: remedies.accountId('unknown'), hints });
  }
  // https://www.rfc-editor.org/rfc/rfc9110#status.407 and https://www.rfc-editor.org/rfc/rfc6585#section-6
  if (status === 407 || status === 511) {
    const hints = ['This status comes from a proxy or a captive portal, not from Datadog.'];
    return fail('unexpected-response', { remedy: remedies.GATEWAY, hints });
  }
  if ([301, 302, 303, 307, 308].includes(status)) {
    const target = headers.location && parseUrl(headers.location, `https://${host}`)?.host;
    return fail('unexpected-response', { remedy: remedies.GATEWAY }, target && `, a redirect to ${target}`);
  }
  return fail('unexpected-response', { remedy: remedies.unexpectedResponse(host, readJson(response) !== undefined) });
}

/** Possible causes of 401 or 403. These statuses do not distinguish them. */
function explainDenial(said: string, mayBeProxy: boolean, call: Call, organization: Organization): Facts {
  if (/(?:allow|white)[-_ ]?list/i.test(said) && /\b(?:ip|address)/i.test(said)) return { remedy: remedies.ALLOWLIST };
  const { site, credentials } = organization;
  const permission = call === 'update' ? 'manage_integrations' : 'integrations_read';
  const [invalid, holder] =
    'token' in credentials
      ? [`the access token in \`${credentials.source}\` is wrong, expired or revoked`, 'this token']
      : [`\`${credentials.sources.join('` or `')}\` is wrong or revoked, or they are swapped`, 'the application key'];
  const lacking = `${holder} or its owner lacks the permission \`${permission}\`.`;
  const causes = said.includes(permission)
    ? [lacking]
    : [
        ...(mayBeProxy ? ['a proxy or firewall on the way to Datadog denied the request.'] : []),
        `${invalid}.`,
        lacking,
        [`the organization is on a site other than ${site}.`, ...siteHints(organization)].join(' '),
        "the organization's IP allowlist does not include this runner.",
      ];
  return {
    remedy: remedies.forbidden(call === 'update' && !mayBeProxy),
    hints: causes.map((cause) => `Possible cause: ${cause}`),
  };
}

/**
 * The `data` of a response with status 200; undefined if it has none.
 *
 * @throws Failure if the body is not valid JSON, or contains errors
 */
export function readData(response: Response): unknown {
  const { host, isComplete } = response;
  const json = readJson(response);
  const body = describeBody(response);
  if (codingOf(response) !== undefined) throw unconfirmed(response, `the body is ${body}`);
  if (!isComplete) throw unconfirmed(response, 'the body is larger than 1 MiB');
  if (json === undefined && mayBeCutOff(response)) {
    const error = new NetworkError('no-response', `${host} returned JSON that is cut off.`, { phase: 'secure' });
    throw failureFromNetworkError(error, host);
  }
  if (body === '') throw unconfirmed(response, 'the body is empty');
  if (json === undefined) throw unconfirmed(response, `the body is not valid JSON: ${body}`);
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
  const remedy = remedies.unexpectedResponse(host, readJson(response) !== undefined);
  const facts = { status, details, mayBeApplied: true, remedy };
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
  const json = readJson(response);
  if (json === undefined) return quoteBody(response);
  // An empty list of errors means none. Any other body is shown in full.
  const errors = declaredErrors(json) ?? (isObject(json) ? (json.errors ?? json) : json);
  const texts = (Array.isArray(errors) ? errors : [errors]).map(describeError).filter(isText);
  return texts.length === 0
    ? undefined
    : { label: declaredErrors(json) === undefined ? 'Response body' : 'Datadog said', texts };
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
  const places = Object.entries(isObject(source) ? source : {}).filter(([, place]) => isText(place));
  if (words === '') return render(error).replace(/^(?:\{\}|\[\])$/, '');
  return places.length === 0 ? words : `${words} (${places.map((place) => place.join(' ')).join(', ')})`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
