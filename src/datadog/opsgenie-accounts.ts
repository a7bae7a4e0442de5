import { Failure } from '../failure.ts';
import { type Answer, exchange, type Trace } from '../http/exchange.ts';
import { RATE_LIMIT_HEADERS } from '../http/rate-limit.ts';
import { isObject, render } from '../json.ts';
import { type CallContext, type Result, withRetries } from '../retry.ts';
import { apiHost } from '../sites.ts';
import { now } from '../time.ts';
import { failureFromAnswer, readData, unconfirmed } from './answer.ts';

// The contract: https://docs.datadoghq.com/api/latest/opsgenie-integration/, "Update an Opsgenie account" and "Get all
// Opsgenie accounts".

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';
const ACCOUNT_TYPE = 'opsgenie-account';

/** Time limit for listing the accounts after a 404, in milliseconds. */
const HINTS_LIMIT = 10_000;

/** The regions of the Opsgenie service that Datadog documents. */
export const REGIONS = ['us', 'eu', 'custom'] as const;

export type Region = (typeof REGIONS)[number];

export interface AccountUpdate {
  readonly site: string;
  /** UUID in lower case. */
  readonly accountId: string;
  /** The API key is optional if the application key is an access token. */
  readonly credentials: { readonly apiKey: string | undefined; readonly appKey: string };
  /** Undefined keeps the current value. */
  readonly change: { readonly apiKey: string | undefined; readonly region: Region | undefined };
}

/** An account as Datadog returned it. */
export interface Account {
  readonly id: string;
  /** Undefined if the answer has none, which the contract allows. */
  readonly region: Region | undefined;
}

/** An account from a list, of which only the id is checked. */
interface ListedAccount {
  readonly id: string;
  readonly region: unknown;
}

/**
 * Updates an Opsgenie account. If Datadog does not find it, lists the organization's accounts as hints.
 *
 * @throws Failure unless Datadog confirmed the update: with this id and, if a region was requested, this region
 */
export async function updateAccount(update: AccountUpdate, context: CallContext): Promise<Result<Account>> {
  try {
    return await withRetries((timeLimit) => sendUpdate(update, timeLimit, context.trace), context);
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.kind !== 'not-found') throw failure;
    // Whatever becomes of the list, the 404 is what gets reported.
    const hints = Promise.race([findHints(update, context), context.interruption]).catch(() => []);
    throw failure.with({ hints: await hints });
  }
}

/**
 * Looks up what {@link updateAccount} would find, without changing anything.
 *
 * @returns the account as it is now
 * @throws Failure if there is no such account, or if the answer does not prove that there is
 */
export async function previewUpdate(update: AccountUpdate, context: CallContext): Promise<Result<Account>> {
  return withRetries(async (timeLimit) => {
    const { accounts, answer } = await listAccounts(update, timeLimit, context.trace);
    const found = findAccount(accounts, update.accountId);
    if (found === undefined) {
      throw new Failure('not-found', `${answer.host} does not list this account.`, {
        status: answer.status,
        hints: describeAccounts(accounts, update),
      });
    }
    return checkRegion(found, answer);
  }, context);
}

async function sendUpdate(update: AccountUpdate, timeLimit: number, trace: Trace): Promise<Account> {
  const { accountId, change } = update;
  // JSON.stringify leaves out attributes that are undefined.
  const body = JSON.stringify({
    data: { attributes: { api_key: change.apiKey, region: change.region }, id: accountId, type: ACCOUNT_TYPE },
  });
  const answer = await send('PATCH', `${ACCOUNTS}/${accountId}`, body, update, timeLimit, trace);
  if (answer.status !== 200) throw failureFromAnswer(answer);
  return confirmedAccount(answer, update);
}

/** Which accounts there are, as sentences. */
async function findHints(update: AccountUpdate, { deadline, trace }: CallContext): Promise<readonly string[]> {
  const timeLimit = Math.min(Math.max(deadline - now(), 0), HINTS_LIMIT);
  const { accounts } = await listAccounts(update, timeLimit, trace);
  return findAccount(accounts, update.accountId) === undefined
    ? describeAccounts(accounts, update)
    : [
        "Datadog lists this account, but answered 404 to its update. Rerun the job. If that does not help, contact Datadog's support.",
      ];
}

/** All accounts of the organization, and the answer that lists them. */
async function listAccounts(update: AccountUpdate, timeLimit: number, trace: Trace) {
  const answer = await send('GET', ACCOUNTS, undefined, update, timeLimit, trace);
  if (answer.status !== 200) {
    // The list is documented without these, so they do not mean what they mean for an update.
    throw failureFromAnswer(answer, [400, 404, 422].includes(answer.status) ? 'unexpected-status' : undefined);
  }
  const data = readData(answer);
  const entries: readonly unknown[] = Array.isArray(data) ? data : ['not a list'];
  const accounts = entries.flatMap((entry) => readAccount(entry) ?? []);
  // Unknown entries next to accounts are harmless. A list of nothing else is not a list of accounts.
  if (accounts.length === 0 && entries.length > 0) throw unconfirmed(answer, 'the body is not a list of accounts');
  return { accounts, answer };
}

function findAccount(accounts: readonly ListedAccount[], accountId: string): ListedAccount | undefined {
  return accounts.find(({ id }) => id.toLowerCase() === accountId);
}

function describeAccounts(accounts: readonly ListedAccount[], { site, change }: AccountUpdate): string[] {
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
  const url = new URL(`https://${apiHost(site)}${path}`);
  return exchange({ method, url, headers, body, tracedHeaders: RATE_LIMIT_HEADERS }, timeLimit, trace);
}

/** Checks a 200 field by field: only an answer that proves the update counts. */
function confirmedAccount(answer: Answer, { accountId, change }: AccountUpdate): Account {
  const account = readAccount(readData(answer));
  if (account === undefined) throw unconfirmed(answer, 'the body is not an Opsgenie account');
  if (account.id.toLowerCase() !== accountId) throw unconfirmed(answer, `for another account: ${account.id}`);

  const confirmed = checkRegion(account, answer);
  if (change.region !== undefined && confirmed.region !== change.region) {
    throw unconfirmed(answer, `the region is ${confirmed.region ?? 'missing'} instead of ${change.region}`);
  }
  return confirmed;
}

/** Reads an account in the API's format; undefined if this is not one. */
function readAccount(data: unknown): ListedAccount | undefined {
  if (!isObject(data) || data.type !== ACCOUNT_TYPE || typeof data.id !== 'string' || !isObject(data.attributes)) {
    return undefined;
  }
  return { id: data.id, region: data.attributes.region };
}

/** @throws Failure if the account has a region that is not documented */
function checkRegion({ id, region }: ListedAccount, answer: Answer): Account {
  const documented = REGIONS.find((name) => name === region);
  if (region !== undefined && documented === undefined) {
    throw unconfirmed(answer, `the region is not documented: ${render(region)}`);
  }
  return { id, region: documented };
}
