import { type Details, Failure } from '../failure.ts';
import { type RequestOptions, type Response, sendRequest } from '../http/request.ts';
import { type AttemptRecord, type CallContext, withRetries } from '../http/retry.ts';
import { isObject, render } from '../json.ts';
import { notFoundRemedy } from '../remedies.ts';
import { now } from '../time.ts';
import { failureFromNetworkError, failureFromResponse, RATE_LIMIT_HEADERS, readData, unconfirmed } from './response.ts';
import { apiHost } from './sites.ts';

// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';

/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;

/** The regions of the Opsgenie service that Datadog documents. */
export const REGIONS = ['us', 'eu', 'custom'] as const;

export type Region = (typeof REGIONS)[number];

/** Where requests go, and what they authenticate with. */
export interface Organization {
  readonly site: string;
  /** The API key is optional if the application key is an access token. */
  readonly credentials: { readonly apiKey: string | undefined; readonly appKey: string };
}

/** What to change. Undefined keeps the current value. */
export interface Change {
  readonly apiKey: string | undefined;
  readonly region: Region | undefined;
}

/** The account to update. */
export interface Target extends Organization {
  /** UUID in lower case. */
  readonly accountId: string;
  readonly change: Change;
}

/** An account as Datadog returned it. */
export interface Account {
  readonly id: string;
  /** Undefined if the response has none, which the contract allows. */
  readonly region: Region | undefined;
}

/** An account from a list, of which only the id is checked. */
export interface ListedAccount {
  readonly id: string;
  readonly region: unknown;
}

/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts as hints.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
export async function updateAccount(target: Target, context: CallContext, record: AttemptRecord): Promise<Account> {
  const { site, accountId, change } = target;
  // JSON.stringify leaves out attributes that are undefined.
  const body = JSON.stringify({
    data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
  });
  const attempt = async (timeLimit: number): Promise<Account> => {
    const response = await send('PATCH', `${ACCOUNTS}/${accountId}`, body, target, { ...context, timeLimit });
    if (response.status !== 200) throw failureFromResponse(response, 'update', site);
    return confirmUpdate(response, target);
  };
  try {
    return await withRetries(attempt, context, record);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'not-found') throw error;
    throw notFound(error.message, error.status, await listForHints(target, context), error.details);
  }
}

/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @returns the account as it is now
 * @throws Failure if there is no such account, or if the response does not prove that there is
 */
export async function findAccount(target: Target, context: CallContext, record: AttemptRecord): Promise<Account> {
  return withRetries(
    async (timeLimit) => {
      const response = await send('GET', ACCOUNTS, undefined, target, { ...context, timeLimit });
      return confirmAccount(response, target);
    },
    context,
    record,
  );
}

/** Checks an update's response with status 200 field by field: only one that proves the update counts. */
export function confirmUpdate(response: Response, { site, accountId, change }: Target): Account {
  const account = readAccount(readData(response, site));
  if (account === undefined) throw unconfirmed(response, 'the body is not an Opsgenie account', site);
  if (account.id.toLowerCase() !== accountId) {
    throw unconfirmed(response, `for another account: ${account.id}`, site);
  }
  const confirmed = checkRegion(account, response, site);
  if (change.region !== undefined && confirmed.region !== change.region) {
    const region = confirmed.region ?? 'missing';
    throw unconfirmed(response, `the region is ${region} instead of ${change.region}`, site);
  }
  return confirmed;
}

/** Finds the account in a response to the list call. */
export function confirmAccount(response: Response, target: Target): Account {
  const { site, accountId } = target;
  const accounts = readAccounts(response, site);
  const found = accounts.find(({ id }) => id.toLowerCase() === accountId);
  if (found !== undefined) return checkRegion(found, response, site);
  throw notFound(`${response.host} does not list this account.`, response.status, describeAccounts(accounts, target));
}

/**
 * All accounts in a response to the list call.
 *
 * @throws Failure if it is not a list of accounts
 */
export function readAccounts(response: Response, site: string): readonly ListedAccount[] {
  if (response.status !== 200) throw failureFromResponse(response, 'list', site);
  const data = readData(response, site);
  const entries: readonly unknown[] = Array.isArray(data) ? data : ['not a list'];
  const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
  // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
  if (accounts.length === 0 && entries.length > 0) {
    throw unconfirmed(response, 'the body is not a list of accounts', site);
  }
  return accounts;
}

/** Which accounts there are, as sentences. Empty if they cannot be listed: the failure is reported either way. */
async function listForHints(target: Target, { deadline, signal, trace }: CallContext): Promise<readonly string[]> {
  const timeLimit = Math.min(Math.max(deadline - now(), 0), LIST_LIMIT);
  try {
    const response = await send('GET', ACCOUNTS, undefined, target, { signal, trace, timeLimit });
    const accounts = readAccounts(response, target.site);
    return accounts.some(({ id }) => id.toLowerCase() === target.accountId)
      ? [
          'Datadog lists this account, but returned 404 to its update. Rerun the job. If that does not help, contact Datadog support.',
        ]
      : describeAccounts(accounts, target);
  } catch {
    return [];
  }
}

function describeAccounts(accounts: readonly ListedAccount[], { site, change }: Target): string[] {
  if (accounts.length === 0) {
    return [`The organization of these keys has no Opsgenie account on ${site}. It may be on another site.`];
  }
  return accounts.map(({ id, region }) =>
    // This id would be redacted, because it was passed as the key.
    id.toLowerCase() === change.apiKey?.toLowerCase()
      ? 'api_key is the id of an existing account: account_id and api_key are swapped.'
      : `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`,
  );
}

function notFound(message: string, status: number | undefined, hints: readonly string[], details?: Details): Failure {
  return new Failure('not-found', message, { remedy: notFoundRemedy(), status, hints, details });
}

async function send(
  method: 'GET' | 'PATCH',
  path: string,
  body: string | undefined,
  { site, credentials }: Organization,
  options: RequestOptions,
): Promise<Response> {
  const headers = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
    'DD-APPLICATION-KEY': credentials.appKey,
  };
  const url = new URL(`https://${apiHost(site)}${path}`);
  try {
    return await sendRequest({ method, url, headers, body, tracedHeaders: RATE_LIMIT_HEADERS }, options);
  } catch (error) {
    throw failureFromNetworkError(error);
  }
}

/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data: unknown): ListedAccount | undefined {
  if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
    return undefined;
  }
  return { id: data.id, region: data.attributes.region };
}

/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }: ListedAccount, response: Response, site: string): Account {
  const documented = REGIONS.find((name) => name === region);
  if (region !== undefined && documented === undefined) {
    throw unconfirmed(response, `the region is not documented: ${render(region)}`, site);
  }
  return { id, region: documented };
}
