import { Failure } from '../failure.ts';
import { isObject, show } from '../json.ts';
import { apiHost } from '../sites.ts';
import { readData, refusal, unconfirmed } from './answer.ts';
import { type Answer, exchange, type Trace } from './client.ts';

// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';

/** Milliseconds that it may take to find out, after a 404, which accounts there are. */
const LOOK_AROUND_LIMIT = 10_000;

const LISTED_NEVERTHELESS =
  "The list has this account: Datadog refused only its update. Run the step again; if that does not help, ask Datadog's support.";

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

/** An account as a list of them shows it, unchecked but for its id. */
interface ListedAccount {
  readonly id: string;
  readonly region: unknown;
}

/**
 * Updates an Opsgenie account with one request.
 *
 * @param timeLimit milliseconds for the whole exchange
 * @returns the account as Datadog confirmed it: this id and, if a region was to be set, this region
 * @throws Failure in every other case
 */
export async function updateAccount(update: AccountUpdate, timeLimit: number, trace: Trace): Promise<Account> {
  const { site, accountId, change } = update;
  // JSON.stringify leaves out the attributes that are undefined.
  const body = JSON.stringify({
    data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
  });
  const answer = await send('PATCH', `${ACCOUNTS}/${accountId}`, body, update, timeLimit, trace);
  if (answer.status !== 200) throw refusal(answer, site);
  return confirmedAccount(answer, update);
}

/**
 * Finds out what {@link updateAccount} would meet, with one request that changes nothing.
 *
 * @param timeLimit milliseconds for the whole exchange
 * @returns the account as it is now
 * @throws Failure if there is no such account, and in every case in which that cannot be told
 */
export async function previewUpdate(update: AccountUpdate, timeLimit: number, trace: Trace): Promise<Account> {
  const { site, accountId } = update;
  const { accounts, answer } = await listAccounts(update, timeLimit, trace);
  const account = findAccount(accounts, accountId);
  if (account === undefined) {
    throw new Failure('not-found', `${apiHost(site)} lists no such account.`, {
      status: answer.status,
      known: describeAccounts(accounts, update),
    });
  }
  return checkRegion(account, answer, site);
}

/**
 * Finds out, where {@link updateAccount} did not find the account, which there are.
 *
 * @param timeLeft milliseconds
 * @returns sentences; none where that cannot be told
 */
export async function lookAround(update: AccountUpdate, timeLeft: number, trace: Trace): Promise<string[]> {
  const timeLimit = Math.min(Math.max(timeLeft, 0), LOOK_AROUND_LIMIT);
  try {
    const { accounts } = await listAccounts(update, timeLimit, trace);
    const isListed = findAccount(accounts, update.accountId) !== undefined;
    return isListed ? [LISTED_NEVERTHELESS] : describeAccounts(accounts, update);
  } catch {
    return [];
  }
}

/** All accounts of the organisation, and the answer that lists them. */
async function listAccounts(
  update: AccountUpdate,
  timeLimit: number,
  trace: Trace,
): Promise<{ readonly accounts: readonly ListedAccount[]; readonly answer: Answer }> {
  const answer = await send('GET', ACCOUNTS, undefined, update, timeLimit, trace);
  if (answer.status !== 200) {
    // What these mean for an update, they do not for a list, which is documented without them.
    throw refusal(answer, update.site, [400, 404, 422].includes(answer.status) ? 'unexpected-status' : undefined);
  }
  const data = readData(answer, update.site);
  const entries: readonly unknown[] = Array.isArray(data) ? data : ['no list'];
  const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
  // Entries of a kind that is not known do not matter beside accounts; alone, they say nothing about accounts.
  if (accounts.length === 0 && entries.length > 0) {
    throw unconfirmed(answer, update.site, 'not with a list of accounts');
  }
  return { accounts, answer };
}

function findAccount(accounts: readonly ListedAccount[], accountId: string): ListedAccount | undefined {
  return accounts.find(({ id }) => id.toLowerCase() === accountId);
}

function describeAccounts(accounts: readonly ListedAccount[], { site, change }: AccountUpdate): string[] {
  if (accounts.length === 0) {
    return [`These keys belong to an organisation without any Opsgenie account on ${site}: another site may be meant.`];
  }
  return accounts.map(({ id, region }) =>
    // The id would be taken out of what is printed, as the key that it was given for.
    id.toLowerCase() === change.apiKey?.toLowerCase()
      ? 'api_key is the id of an account that exists: account_id and api_key are swapped.'
      : `Account that exists: ${id}, region ${typeof region === 'string' ? region : 'unknown'}.`,
  );
}

function send(
  method: 'GET' | 'PATCH',
  path: string,
  body: string | undefined,
  { site, credentials }: AccountUpdate,
  timeLimit: number,
  trace: Trace,
): Promise<Answer> {
  const headers = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(credentials.apiKey === undefined ? {} : { 'DD-API-KEY': credentials.apiKey }),
    'DD-APPLICATION-KEY': credentials.appKey,
  };
  return exchange({ method, url: new URL(`https://${apiHost(site)}${path}`), headers, body }, timeLimit, trace);
}

/** Checks a 200 field by field: only an answer that proves the update counts. */
function confirmedAccount(answer: Answer, { site, accountId, change }: AccountUpdate): Account {
  const not = (what: string): Failure => unconfirmed(answer, site, what);
  const account = readAccount(readData(answer, site));
  if (account === undefined) throw not('not with an Opsgenie account');
  if (account.id.toLowerCase() !== accountId) throw not(`for another account: ${account.id}`);

  const confirmed = checkRegion(account, answer, site);
  if (change.region !== undefined && confirmed.region !== change.region) {
    throw not(`the region is ${confirmed.region ?? 'missing'} where ${change.region} was asked for`);
  }
  return confirmed;
}

/** Reads an account as the API writes it; undefined where it is none. */
function readAccount(data: unknown): ListedAccount | undefined {
  if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
    return undefined;
  }
  return { id: data.id, region: data.attributes.region };
}

/** An account of an answer whose region, if it has one, is documented. */
function checkRegion({ id, region }: ListedAccount, answer: Answer, site: string): Account {
  const documented = REGIONS.find((known) => known === region);
  if (region !== undefined && documented === undefined) {
    throw unconfirmed(answer, site, `with a region that is not documented: ${show(region)}`);
  }
  return { id, region: documented };
}
