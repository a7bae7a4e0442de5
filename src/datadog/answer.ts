import { Failure, type FailureKind } from '../failure.ts';
import { type Answer, describeAnswer, isTemporary } from '../http/exchange.ts';
import { serverWait } from '../http/rate-limit.ts';
import { isObject, parseJson } from '../json.ts';
import { describeText, namedErrors, readErrors } from './error-body.ts';

/** The failure for an answer with a status other than 200. */
export function failureFromAnswer(answer: Answer, kind = kindOf(answer)): Failure {
  const { status, body } = answer;
  return new Failure(kind, `${describeAnswer(answer)}${describeHeaders(answer)}.`, {
    status,
    texts: readErrors(body),
    serverWait: serverWait(answer),
    mayBeApplied: status < 300 || status >= 500,
  });
}

/**
 * The `data` of an answer with status 200; undefined if it has none.
 *
 * @throws Failure if the answer is not valid JSON, or contains errors
 */
export function readData(answer: Answer): unknown {
  const { body, isComplete } = answer;
  if (!isComplete) throw unconfirmed(answer, 'the body is too large', 'answer-too-large');
  const json = parseJson(body);
  // The end of the connection can be the only end of a body, so this is the only sign that it was cut off.
  if (json === undefined && body.trimStart().startsWith('{')) {
    throw unconfirmed(answer, 'the JSON is cut off', 'answer-cut-off');
  }
  if (json === undefined) {
    const what = body.trim() === '' ? 'the body is empty' : `the body is not valid JSON: ${describeText(body)}`;
    throw unconfirmed(answer, what);
  }
  if (namedErrors(json) !== undefined) {
    throw unconfirmed(answer, 'the body contains errors').with({ texts: readErrors(body) });
  }
  return isObject(json) ? json.data : undefined;
}

/**
 * The failure for an answer that looks like success but does not prove it.
 *
 * @param what the reason, as the end of a sentence after "but"
 */
export function unconfirmed(answer: Answer, what: string, kind: FailureKind = 'unconfirmed'): Failure {
  return new Failure(kind, `${describeAnswer(answer)}, but ${what}.`, { status: answer.status, mayBeApplied: true });
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  422: 'invalid-values',
  429: 'rate-limited',
};

function kindOf(answer: Answer): FailureKind {
  const { status } = answer;
  if (status >= 300 && status < 400) return 'redirected';
  return KINDS[status] ?? (isTemporary(answer) ? 'unavailable' : 'unexpected-status');
}

/** What the headers add: the name of the rate limit, which Datadog's support asks for, or the target of a redirect. */
function describeHeaders(answer: Answer): string {
  const { host, headers } = answer;
  const kind = kindOf(answer);
  const limit = headers['x-ratelimit-name'];
  if (kind === 'rate-limited' && limit !== undefined) return ` (rate limit ${limit})`;
  const target = kind === 'redirected' ? URL.parse(headers.location ?? '', `https://${host}`) : null;
  return target === null || headers.location === undefined ? '' : `, a redirect to ${target.host}`;
}
