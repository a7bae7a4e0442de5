import { Failure, type FailureKind } from '../failure.ts';
import { describeResponse, quoteBody, type Response } from '../http/request.ts';
import { retryFor, TRANSIENT } from '../http/retry.ts';
import { isObject, parseJson } from '../parse.ts';

export type Call = 'update' | 'list';

export interface DatadogResponse extends Response {
  /** The parsed body; undefined if the body is not valid JSON. */
  readonly json: unknown;
  /** True for an error in Datadog's own format. An error in any other format may come from a proxy. */
  readonly isDatadogError: boolean;
  /** Datadog's errors or, in any other format, the body. Not sanitized. */
  readonly details: readonly string[];
}

/** Parses a response once and identifies Datadog's own errors. */
export function parseResponse(response: Response): DatadogResponse {
  const json = parseJson(response.text);
  const errors = readErrors(json);
  if (errors === undefined) return { ...response, json, isDatadogError: false, details: quoteBody(response) };
  const words = errors.filter(isText).join('; ') || response.text;
  return { ...response, json, isDatadogError: true, details: [`Error from Datadog: ${words}`] };
}

/**
 * Reads the errors in a body. The format does not depend on the status: `{"errors": ["…"]}`,
 * `{"errors": [{"title", "detail", "source", …}]}`, or `{"error": {…}}`.
 */
function readErrors(json: unknown): readonly string[] | undefined {
  const { errors, error } = isObject(json) ? json : {};
  if (Array.isArray(errors) && errors.length > 0) return errors.map(describeError);
  return isObject(error) ? [describeError(error)] : undefined;
}

/**
 * Describes one error: a string unchanged, an object by its JSON:API fields (https://jsonapi.org/format/#error-objects).
 *
 * @returns an empty string if the error has another format
 */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  const { title, detail, message, source } = isObject(error) ? error : {};
  const words = [title, detail, message].filter(isText).join(': ');
  const locations = Object.entries(isObject(source) ? source : {}).filter(([, location]) => isText(location));
  return words === '' || locations.length === 0
    ? words
    : `${words} (${locations.map((location) => location.join(' ')).join(', ')})`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Returns the failure for a response with a status other than 200 or a body that is too large. */
export function failureFromResponse(response: DatadogResponse, call: Call): Failure {
  const { status, isDatadogError, details } = response;
  return new Failure(kindOf(response, call), `${describeResponse(response)}.`, {
    status,
    details,
    // Any other response can come from a proxy and hide Datadog's response to a successful update.
    hadNoEffect: isDatadogError && status >= 400 && status < 500,
    retry: retryFor(response, ['x-ratelimit-reset', 'retry-after']),
  });
}

function kindOf(response: DatadogResponse, call: Call): FailureKind {
  const { status, isDatadogError, isTooLarge } = response;
  if (isTooLarge) return 'unexpected-response';
  if (status === 429) return 'rate-limited';
  if (TRANSIENT.includes(status)) return 'unavailable';
  if (!isDatadogError) return 'unexpected-response';
  if (status === 401 || status === 403) return 'forbidden';
  // Datadog documents 400, 404, and 422 only for the update.
  if (call === 'update' && (status === 400 || status === 422)) return 'update-rejected';
  return call === 'update' && status === 404 ? 'not-found' : 'unexpected-response';
}

/**
 * Returns the failure for a response with status 200 that does not confirm the expected result.
 *
 * @param reason the end of a sentence after "but"
 * @param details omitted if the response is the documented object
 */
export function unconfirmed(response: DatadogResponse, reason: string, details: readonly string[] = []): Failure {
  const { status } = response;
  return new Failure('unexpected-response', `${describeResponse(response)}, but ${reason}.`, { status, details });
}
