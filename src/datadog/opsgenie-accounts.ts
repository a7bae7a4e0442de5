import { STATUS_CODES } from 'node:http';
import { inspect } from 'node:util';
import { Failure, type FailureKind } from '../failure.ts';
import { isObject, parseJson } from '../json.ts';
import { apiHost } from '../sites.ts';
import { type Answer, exchange, type Trace } from './client.ts';
import { describeText, readErrors } from './error-body.ts';
import { serverWait } from './retry.ts';

// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/#update-an-opsgenie-account

const ACCOUNT_TYPE = 'opsgenie-account';

/** The regions of the Opsgenie service that Datadog documents. */
export const REGIONS = ['us', 'eu', 'custom'] as const;

export type Region = (typeof REGIONS)[number];

export interface Credentials {
  /** Datadog API key; may be missing where `appKey` is an access token. */
  readonly apiKey: string | undefined;
  /** Datadog application key or access token. */
  readonly appKey: string;
}

/** What is to change; what is undefined stays as it is. */
export interface AccountChange {
  readonly apiKey: string | undefined;
  readonly region: Region | undefined;
}

export interface AccountUpdate {
  readonly site: string;
  /** UUID in lower case. */
  readonly accountId: string;
  readonly credentials: Credentials;
  readonly change: AccountChange;
}

/** An account as Datadog answered. */
export interface Account {
  readonly id: string;
  /** Undefined where the answer leaves it out, which the contract allows. */
  readonly region: Region | undefined;
}

/**
 * Updates an Opsgenie account with one request.
 *
 * @param timeLimit milliseconds for the whole exchange
 * @returns the account as Datadog confirmed it: this id and, if a region was to be set, this region
 * @throws Failure in every other case
 */
export async function updateAccount(update: AccountUpdate, timeLimit: number, trace: Trace): Promise<Account> {
  const { site, accountId, credentials, change } = update;
  const host = apiHost(site);
  const answer = await exchange(
    {
      method: 'PATCH',
      url: new URL(`https://${host}/api/v2/integration/opsgenie/accounts/${accountId}`),
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
        'DD-APPLICATION-KEY': credentials.appKey,
      },
      // JSON.stringify leaves out the attributes that are undefined.
      body: JSON.stringify({
        data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
      }),
    },
    timeLimit,
    trace,
  );
  if (answer.status !== 200) throw refusal(answer, host);
  return confirmedAccount(answer, host, update);
}

/** The failure that an answer other than 200 stands for. */
function refusal(answer: Answer, host: string): Failure {
  const { status, headers, body } = answer;
  return new Failure(kindOf(status), `${describe(answer, host)}.`, {
    status,
    texts: readErrors(body),
    serverWait: status === 429 || status === 503 ? serverWait(headers, Date.now()) : undefined,
    mayBeApplied: status < 300 || status >= 500,
  });
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
function describe({ status, headers }: Answer, host: string): string {
  const words = [host, 'answered', status, STATUS_CODES[status] ?? ''].join(' ').trimEnd();
  // The name is what Datadog's support asks for.
  const limit = headers['x-ratelimit-name'];
  if (status === 429 && limit !== undefined) return `${words} (rate limit ${limit})`;
  const target = headers.location === undefined ? null : URL.parse(headers.location, `https://${host}`);
  if (kindOf(status) === 'redirected' && target !== null) return `${words}, a redirect to ${target.host}`;
  return words;
}

/** Checks a 200 field by field: only an answer that proves the update counts. */
function confirmedAccount(answer: Answer, host: string, { accountId, change }: AccountUpdate): Account {
  const { status, body } = answer;
  const not = (what: string, kind: FailureKind = 'unconfirmed'): Failure =>
    new Failure(kind, `${describe(answer, host)}, but ${what}.`, { status, mayBeApplied: true });

  const json = parseJson(body);
  // The end of the connection can be the only end of an answer, and then a cut shows only here.
  if (json === undefined && body.trimStart().startsWith('{')) throw not('the JSON is cut off', 'answer-cut-off');
  if (json === undefined) throw not(body.trim() === '' ? 'with nothing' : `not with JSON: ${describeText(body)}`);

  const data = isObject(json) ? json.data : undefined;
  const attributes = isObject(data) ? data.attributes : undefined;
  if (!isObject(data) || !isObject(attributes) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string') {
    throw not('not with an Opsgenie account');
  }
  if (data.id.toLowerCase() !== accountId) throw not(`for another account: ${data.id}`);

  const region = REGIONS.find((known) => known === attributes.region);
  if (region === undefined && (attributes.region !== undefined || change.region !== undefined)) {
    throw not(`with no region that is documented: ${inspect(attributes.region)}`);
  }
  if (change.region !== undefined && region !== change.region) {
    throw not(`the region is ${region} where ${change.region} was asked for`);
  }
  return { id: data.id, region };
}
