import { STATUS_CODES } from 'node:http';
import { Failure, type FailureKind } from '../failure.ts';
import { isObject, parseJson } from '../json.ts';
import { apiHost } from '../sites.ts';
import type { Answer } from './client.ts';
import { describeText, namedErrors, readErrors } from './error-body.ts';
import { ratePeriod, serverWait } from './retry.ts';

/** The failure that an answer other than 200 stands for. */
export function refusal(answer: Answer, site: string, kind = kindOf(answer.status)): Failure {
  const { status, headers, body } = answer;
  return new Failure(kind, `${describe(answer, site)}.`, {
    status,
    texts: readErrors(body),
    serverWait: status === 429 || status === 503 ? serverWait(headers, Date.now()) : undefined,
    ratePeriod: status === 429 ? ratePeriod(headers) : undefined,
    mayBeApplied: status < 300 || status >= 500,
  });
}

/**
 * What an answer of JSON holds under `data`; undefined for nothing.
 *
 * @throws Failure if it is no JSON, or names errors
 */
export function readData(answer: Answer, site: string): unknown {
  const { body } = answer;
  const json = parseJson(body);
  // The end of the connection can be the only end of an answer, and then a cut shows only here.
  if (json === undefined && body.trimStart().startsWith('{')) {
    throw unconfirmed(answer, site, 'the JSON is cut off', 'answer-cut-off');
  }
  if (json === undefined) {
    throw unconfirmed(answer, site, body.trim() === '' ? 'with nothing' : `not with JSON: ${describeText(body)}`);
  }
  if (namedErrors(json) !== undefined) throw unconfirmed(answer, site, 'with errors').with({ texts: readErrors(body) });
  return isObject(json) ? json.data : undefined;
}

/**
 * The failure of an answer that sounds like success and does not prove it.
 *
 * @param what why, as the end of a sentence that begins with "but"
 */
export function unconfirmed(answer: Answer, site: string, what: string, kind: FailureKind = 'unconfirmed'): Failure {
  const { status } = answer;
  return new Failure(kind, `${describe(answer, site)}, but ${what}.`, { status, mayBeApplied: true });
}

function kindOf(status: number): FailureKind {
  switch (status) {
    case 400:
      return 'bad-request';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 422:
      return 'invalid-values';
    case 429:
      return 'rate-limited';
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return status >= 300 && status < 400 ? 'redirected' : 'unexpected-status';
  }
}

/** An answer in words: `api.datadoghq.eu answered 403 Forbidden`. */
function describe({ status, headers }: Answer, site: string): string {
  const host = apiHost(site);
  const words = [host, 'answered', status, STATUS_CODES[status] ?? ''].join(' ').trimEnd();
  // The name is what Datadog's support asks for.
  const limit = headers['x-ratelimit-name'];
  if (status === 429 && limit !== undefined) return `${words} (rate limit ${limit})`;
  const target = headers.location === undefined ? null : URL.parse(headers.location, `https://${host}`);
  if (kindOf(status) === 'redirected' && target !== null) return `${words}, a redirect to ${target.host}`;
  return words;
}
