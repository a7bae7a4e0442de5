import { Failure } from '../failure.ts';
import { describeResponse, quoteBody, type RequestOptions, type Response, sendRequest } from '../http/request.ts';
import { type CallContext, retryFor, withRetries } from '../http/retry.ts';
import { isObject, parseJson } from '../parse.ts';

/** API hosts by region, for the regions in which a key can be verified. */
const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' } as const;

export interface KeyToVerify {
  readonly apiKey: string;
  readonly region: keyof typeof HOSTS;
}

/**
 * Checks a key with a harmless request to Opsgenie that requires Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or if its response does not show whether the key is valid
 */
export async function verifyKey({ apiKey, region }: KeyToVerify, context: CallContext): Promise<string> {
  const url = new URL(`https://${HOSTS[region]}/v2/account`);
  const headers = { Accept: 'application/json', Authorization: `GenieKey ${apiKey}` };
  const attempt = async (options: RequestOptions): Promise<void> => {
    const failure = readVerdict(await sendRequest({ method: 'GET', url, headers }, options));
    if (failure !== undefined) throw failure;
  };
  await withRetries(attempt, context);
  return url.host;
}

/** Reads Opsgenie's verdict. Returns undefined if the key was accepted. */
export function readVerdict(response: Response): Failure | undefined {
  const { status } = response;
  const json = parseJson(response.text);
  const { data, message, code } = isObject(json) ? json : {};
  if (status === 200 && isObject(data) && typeof data.name === 'string') return undefined;

  const returned = `${describeResponse(response)}.`;
  const retry = retryFor(response, ['retry-after', 'x-ratelimit-period-in-sec']);
  const notVerified = `${returned} This response does not show whether the key is valid.`;
  // A captive portal's 401 says nothing about the key.
  if (typeof message !== 'string') {
    return new Failure('key-not-verified', notVerified, { details: quoteBody(response), retry });
  }
  const details = [`Error from Opsgenie: ${message}`];
  if (status === 401) return new Failure('key-rejected', returned, { details, retry });
  // This code covers several permissions. Only the message identifies the missing permission.
  const isRejected = (status === 403 && code === 40301) || (status === 422 && message === 'Key format is not valid!');
  return isRejected
    ? new Failure('key-rejected', returned, { details })
    : new Failure('key-not-verified', notVerified, { details, retry });
}
