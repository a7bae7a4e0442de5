import { Failure } from '../failure.ts';
import { type RequestOptions, sendRequest } from '../http/request.ts';
import { type CallContext, withRetries } from '../http/retry.ts';
import { isObject } from '../parse.ts';
import { now } from '../time.ts';
import { type DatadogResponse, failureFromResponse, parseResponse, unconfirmed } from './response.ts';
import { apiHost } from './sites.ts';

// API contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';

/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;

const MAX_LISTED = 20;

/** The Opsgenie regions that Datadog documents. */
export const REGIONS = ['us', 'eu', 'custom'] as const;

export type Region = (typeof REGIONS)[number];

export type Credentials = { readonly token: string } | { readonly apiKey: string; readonly appKey: string };

/** A Datadog organization's site and credentials. */
export interface Organization {
  readonly site: string;
  readonly credentials: Credentials;
}

/** An account and its new values. `undefined` keeps the current value. */
export interface Update extends Organization {
  /** UUID in lower case. */
  readonly accountId: string;
  readonly apiKey: string | undefined;
  readonly region: Region | undefined;
}

/** An account from Datadog's response. Only the ID is checked. */
interface ListedAccount {
  readonly id: string;
  readonly region: unknown;
}

export interface Account {
  readonly id: string;
  /** Undefined if the response contains no region, which the contract allows. */
  readonly region: Region | undefined;
}

/**
 * Updates an Opsgenie account. If Datadog does not find the account, lists the organization's accounts.
 *
 * @throws Failure unless Datadog confirms the update with the same ID and the requested region, if any
 */
export async function updateAccount(update: Update, context: CallContext): Promise<Account> {
  const { accountId: id, apiKey, region } = update;
  // JSON.stringify omits undefined attributes.
  const body = JSON.stringify({ data: { attributes: { api_key: apiKey, region }, id, type: ACCOUNT_TYPE } });
  const attempt = async (options: RequestOptions): Promise<Account> =>
    confirmUpdate(await send(update, options, `/${id}`, body), update);
  try {
    return await withRetries(attempt, context);
  } catch (error) {
    const failure = Failure.from(error);
    const mayBeApplied = !failure.facts.hadNoEffect;
    if (failure.kind !== 'not-found') throw failure.with({ mayBeApplied });
    const facts = { details: await describeAccounts(update, context), mayBeApplied };
    if (!context.signal.aborted) throw failure.with(facts);
    // The run was cancelled while the accounts were listed.
    throw Failure.from(context.signal.reason).with({ ...failure.facts, ...facts });
  }
}

/**
 * Looks up the account that {@link updateAccount} would update, without changing anything.
 *
 * @throws Failure if the response does not prove that the account exists
 */
export function findAccount(update: Update, context: CallContext): Promise<Account> {
  return withRetries(async (options) => confirmAccount(await send(update, options), update), context);
}

/**
 * Lists the accounts in one attempt of at most ten seconds. Never throws, because the list only adds to another failure.
 *
 * @returns one line for each account, or the reason why the list is missing
 */
export async function describeAccounts(organization: Organization, context: CallContext): Promise<readonly string[]> {
  const limit = Math.min(Math.max(context.deadline - now(), 0), LIST_LIMIT);
  try {
    const response = await send(organization, { ...context, connectLimit: limit, limit });
    return listAccounts(readAccounts(response), organization);
  } catch (error) {
    const { message, kind, facts } = Failure.from(error);
    const permission = kind === 'forbidden' ? ['Listing the accounts needs the `integrations_read` permission.'] : [];
    return [`The accounts could not be listed: ${message}`, ...(facts.details ?? []), ...permission];
  }
}

function listAccounts(accounts: readonly ListedAccount[], { site }: Organization): readonly string[] {
  if (accounts.length === 0) return [`This organization has no Opsgenie account on ${site}.`];
  const lines = accounts.map(({ id, region }) => {
    return `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`;
  });
  const more = lines.length - MAX_LISTED;
  return more > 0 ? [...lines.slice(0, MAX_LISTED), `… and ${more} more`] : lines;
}

/** Checks that a response proves the update: status 200, the same ID, and the requested region, if any. */
export function confirmUpdate(response: DatadogResponse, { accountId, region }: Update): Account {
  if (response.status !== 200 || response.isTooLarge) throw failureFromResponse(response, 'update');
  const account = readAccount(readData(response));
  if (account === undefined)
    throw unconfirmed(response, 'no Opsgenie account could be read from the body', response.details);
  if (account.id.toLowerCase() !== accountId)
    throw unconfirmed(response, `the response is for another account: ${account.id}`);
  const confirmed = checkRegion(account, response);
  if (region === undefined || confirmed.region === region) return confirmed;
  const received =
    confirmed.region === undefined ? 'the response contains no region' : `the region is ${confirmed.region}`;
  throw unconfirmed(response, `${received} (expected ${region})`);
}

/** Finds the account in a response to the list call. */
export function confirmAccount(response: DatadogResponse, update: Update): Account {
  const accounts = readAccounts(response);
  const found = accounts.find(({ id }) => id.toLowerCase() === update.accountId);
  if (found !== undefined) return checkRegion(found, response);
  const facts = { status: response.status, details: listAccounts(accounts, update) };
  throw new Failure('not-found', `${response.host} does not list this account.`, facts);
}

/** @throws Failure if a response is not a list of accounts */
export function readAccounts(response: DatadogResponse): readonly ListedAccount[] {
  if (response.status !== 200 || response.isTooLarge) throw failureFromResponse(response, 'list');
  const data = readData(response);
  if (Array.isArray(data)) {
    const accounts = data.flatMap((entry) => readAccount(entry) ?? []);
    // Unknown entries among accounts are harmless. A list of only unknown entries is not a list of accounts.
    if (accounts.length > 0 || data.length === 0) return accounts;
  }
  throw unconfirmed(response, 'no list of accounts could be read from the body', response.details);
}

/** @throws Failure if a response contains errors in any format, whatever else it contains */
function readData(response: DatadogResponse): unknown {
  const { data, errors, error } = isObject(response.json) ? response.json : {};
  const values = Array.isArray(errors) ? [...errors, error] : [errors, error];
  const hasErrors = values.some((value) => value !== undefined && value !== null);
  if (hasErrors) throw unconfirmed(response, 'the body contains errors', response.details);
  return data;
}

/** Reads an account in the API's format. Returns undefined for anything else. */
function readAccount(data: unknown): ListedAccount | undefined {
  const { id, type, attributes } = isObject(data) ? data : {};
  if (type !== ACCOUNT_TYPE || typeof id !== 'string' || !isObject(attributes)) return undefined;
  return { id, region: attributes.region };
}

/** @throws Failure if the account's region is undocumented */
function checkRegion({ id, region }: ListedAccount, response: DatadogResponse): Account {
  const documented = REGIONS.find((name) => name === region);
  if (region === undefined || documented !== undefined) return { id, region: documented };
  throw unconfirmed(response, 'the region is not documented', response.details);
}

/** Lists all accounts or, with a path and a body, updates one. */
async function send(
  { site, credentials }: Organization,
  options: RequestOptions,
  path = '',
  body?: string,
): Promise<DatadogResponse> {
  const url = new URL(`https://${apiHost(site)}${ACCOUNTS}${path}`);
  const headers = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    // https://docs.datadoghq.com/api/latest/authentication/
    ...('token' in credentials
      ? { Authorization: `Bearer ${credentials.token}` }
      : { 'DD-API-KEY': credentials.apiKey, 'DD-APPLICATION-KEY': credentials.appKey }),
  };
  const method = body === undefined ? 'GET' : 'PATCH';
  return parseResponse(await sendRequest({ method, url, headers, body }, options));
}
