import { Failure } from '../failure.ts';
import { quoteBody, readJson } from '../http/body.ts';
import { NetworkError } from '../http/network-error.ts';
import { describeResponse, isTransient, type RequestOptions, type Response, sendRequest } from '../http/request.ts';
import { type AttemptRecord, type CallContext, type Retry, requestedWait, withRetries } from '../http/retry.ts';
import { isObject } from '../parse.ts';
import * as remedies from '../remedies.ts';

/** The regions in which a key can be verified, and the host of each. */
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' } as const;

export interface KeyToVerify {
  readonly apiKey: string;
  readonly region: keyof typeof HOSTS;
}

/**
 * Checks a key with Opsgenie, with a harmless request that needs Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or gives no verdict
 */
export async function verifyKey(key: KeyToVerify, context: CallContext, record: AttemptRecord): Promise<string> {
  const url = new URL(`https://${HOSTS[key.region]}/v2/account`);
  const headers = { Accept: 'application/json', Authorization: `GenieKey ${key.apiKey}` };
  const attempt = async (options: RequestOptions): Promise<void> => {
    const response = await sendRequest({ method: 'GET', url, headers }, options).catch((error) => {
      if (!(error instanceof NetworkError)) throw error;
      const remedy = remedies.keyNotVerified(remedies.network(error.problem, url.host));
      throw new Failure('key-not-verified', error.message, { remedy, retry: error.retry, cause: error });
    });
    const failure = readVerdict(response);
    if (failure !== undefined) throw failure;
  };
  await withRetries(attempt, context, record);
  return url.host;
}

/** What a response says about the key: undefined if Opsgenie accepted it, a failure otherwise. */
export function readVerdict(response: Response): Failure | undefined {
  const { host, status } = response;
  const json = readJson(response);
  const { data, message, code } = isObject(json) ? json : {};
  if (status === 200 && isObject(data) && typeof data.name === 'string') return undefined;

  const returned = describeResponse(response);
  const isQuoted = typeof message === 'string';
  const unread = json === undefined ? quoteBody(response) : undefined;
  const details = isQuoted ? { label: 'Opsgenie said', texts: [message] } : unread;
  const reject = (why: string, retry?: Retry, remedy = remedies.KEY_REJECTED): Failure =>
    new Failure('key-rejected', `${returned}.${why}`, { remedy, status, details, retry });
  if (status === 401 && isQuoted) {
    return reject(' The key is unknown, disabled, or belongs to the other region.', { policy: 'once' });
  }
  if (status === 422 && message === 'Key format is not valid!') {
    return reject(' `api_key` does not have the format of an Opsgenie API key.');
  }
  // This code covers several rights. Only the message says which one is missing.
  if (status === 403 && code === 40301) return reject('', undefined, remedies.KEY_LACKS_RIGHT);

  const wait = requestedWait(response, ['retry-after', 'x-ratelimit-period-in-sec']);
  return new Failure('key-not-verified', `${returned}, which says nothing about the key.`, {
    remedy: remedies.keyNotVerified(remedies.opsgenieStatus(status, host, json !== undefined)),
    status,
    details,
    retry: isTransient(response) ? { policy: 'backoff', wait } : undefined,
  });
}
