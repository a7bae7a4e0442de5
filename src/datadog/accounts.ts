import { type Facts, Failure } from '../failure.ts';
import { type RequestOptions, type Response, sendRequest } from '../http/request.ts';
import { type AttemptRecord, type CallContext, withRetries } from '../http/retry.ts';
import { isObject, render } from '../parse.ts';
import * as remedies from '../remedies.ts';
import { now } from '../time.ts';
import { type Organization, siteHints } from './organization.ts';
import { failureFromNetworkError, failureFromResponse, readData, unconfirmed } from './response.ts';
import { apiHost } from './sites.ts';

// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';

/** Time limit for listing the accounts after a failure, in milliseconds. */
const LIST_LIMIT = 10_000;

/** The Opsgenie regions that Datadog documents. */
export const REGIONS = ['us', 'eu', 'custom'] as const;

export type Region = (typeof REGIONS)[number];

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

/** An account as Datadog returned it, of which only the id is checked. */
export interface ListedAccount {
  readonly id: string;
  readonly region: unknown;
}

export interface Account extends ListedAccount {
  /** Undefined if the response has none, which the contract allows. */
  readonly region: Region | undefined;
}

/** An organization's accounts, or why they cannot be listed. */
type Listing = readonly ListedAccount[] | Failure;

/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
export async function updateAccount(target: Target, context: CallContext, record: AttemptRecord): Promise<Account> {
  const { accountId: id, change } = target;
  // JSON.stringify leaves out attributes that are undefined.
  const attributes = { api_key: change.apiKey, region: change.region };
  const body = JSON.stringify({ data: { attributes, id, type: ACCOUNT_TYPE } });
  const attempt = async (options: RequestOptions): Promise<Account> =>
    confirmUpdate(await send(target, options, `/${id}`, body), target);
  try {
    return await withRetries(attempt, context, record);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'not-found') throw error;
    throw error.with(describeAccounts(await listAccounts(target, context), target));
  }
}

/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @throws Failure if there is no such account, or if the response does not prove that there is
 */
export async function findAccount(target: Target, context: CallContext, record: AttemptRecord): Promise<Account> {
  return withRetries(async (options) => confirmAccount(await send(target, options), target), context, record);
}

/** Lists the accounts, in one attempt of at most ten seconds. Never rejects: a list only adds to a failure. */
export async function listAccounts(organization: Organization, context: CallContext): Promise<Listing> {
  const total = Math.min(Math.max(context.deadline - now(), 0), LIST_LIMIT);
  try {
    const options = { ...context, limits: { connect: total, total } };
    return readAccounts(await send(organization, options), organization);
  } catch (error) {
    return Failure.from(context.signal.aborted ? context.signal.reason : error);
  }
}

/** Checks that a response proves the update: status 200, the same id and, if one was requested, the same region. */
export function confirmUpdate(response: Response, target: Target): Account {
  const { accountId, change } = target;
  if (response.status !== 200) throw failureFromResponse(response, 'update', target);
  const account = readAccount(readData(response));
  if (account === undefined) throw unconfirmed(response, 'the body is not an Opsgenie account');
  if (account.id.toLowerCase() !== accountId) throw unconfirmed(response, `for another account: ${account.id}`);
  const confirmed = checkRegion(account, response);
  if (change.region !== undefined && confirmed.region !== change.region) {
    const region = confirmed.region ?? 'missing';
    throw unconfirmed(response, `the region is ${region} instead of ${change.region}`);
  }
  return confirmed;
}

/** Finds the account in a response to the list call. */
export function confirmAccount(response: Response, target: Target): Account {
  const accounts = readAccounts(response, target);
  const found = accounts.find(({ id }) => id.toLowerCase() === target.accountId);
  if (found !== undefined) return checkRegion(found, response);
  const facts = { status: response.status, ...describeAccounts(accounts, target) };
  throw new Failure('not-found', `${response.host} does not list this account.`, facts);
}

/** @throws Failure if a response is not a list of accounts */
export function readAccounts(response: Response, organization: Organization): readonly ListedAccount[] {
  if (response.status !== 200) throw failureFromResponse(response, 'list', organization);
  const data = readData(response);
  if (Array.isArray(data)) {
    const accounts = data.flatMap((entry) => readAccount(entry) ?? []);
    // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
    if (accounts.length > 0 || data.length === 0) return accounts;
  }
  throw unconfirmed(response, 'the body is not a list of accounts');
}

/** What to say about an organization's accounts if Datadog did not find `account_id`, or there is none. */
export function describeAccounts(listing: Listing, organization: Organization & Partial<Target>): Facts {
  const { site, accountId, change } = organization;
  const hints = siteHints(organization);
  if (listing instanceof Failure) {
    const { details, remedy, hints: causes = [] } = listing.facts;
    const why = [
      `The existing accounts could not be listed: ${listing.message}`,
      ...(details?.texts ?? []).map((text) => `${details?.label}: ${text}`),
    ];
    if (accountId === undefined) return { remedy, hints: [...why, ...causes] };
    // Datadog has just accepted these credentials.
    if (listing.kind === 'forbidden') why.push('Listing the accounts needs the permission `integrations_read`.');
    return { remedy: remedies.accountId('unknown'), hints: [...why, ...hints] };
  }
  if (listing.some(({ id }) => id.toLowerCase() === accountId)) {
    const found = 'Datadog lists this account, but returned 404 for the update.';
    return { remedy: remedies.accountId('exists'), hints: [found] };
  }
  if (listing.length === 0) {
    hints.unshift(`This organization has no Opsgenie account on ${site}.`);
    return { remedy: remedies.accountId('none'), hints };
  }
  if (listing.some(({ id }) => id.toLowerCase() === change?.apiKey?.toLowerCase())) {
    return { remedy: remedies.accountId('swapped'), hints: ['`api_key` is the ID of an existing account.'] };
  }
  const accounts = listing.map(
    ({ id, region }) => `Existing account: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`,
  );
  return { remedy: remedies.accountId('listed'), hints, accounts };
}

/** Lists all accounts or, with a path and a body, updates one. */
async function send(organization: Organization, options: RequestOptions, path = '', body?: string): Promise<Response> {
  const { site, credentials } = organization;
  const url = new URL(`https://${apiHost(site)}${ACCOUNTS}${path}`);
  const headers = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    // https://docs.datadoghq.com/api/latest/authentication/
    ...('token' in credentials
      ? { Authorization: `Bearer ${credentials.token}` }
      : { 'DD-API-KEY': credentials.apiKey, 'DD-APPLICATION-KEY': credentials.appKey }),
  };
  try {
    return await sendRequest({ method: body === undefined ? 'GET' : 'PATCH', url, headers, body }, options);
  } catch (error) {
    throw failureFromNetworkError(error, url.host);
  }
}

/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data: unknown): ListedAccount | undefined {
  const { id, type, attributes } = isObject(data) ? data : {};
  if (type !== ACCOUNT_TYPE || typeof id !== 'string' || !isObject(attributes)) return undefined;
  return { id, region: attributes.region };
}

/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }: ListedAccount, response: Response): Account {
  const documented = REGIONS.find((name) => name === region);
  if (region === undefined || documented !== undefined) return { id, region: documented };
  throw unconfirmed(response, `the region is not documented: ${render(region)}`);
}
