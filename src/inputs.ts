import { REGIONS, type Region, type Target } from './datadog/accounts.ts';
import type { Credentials, Organization } from './datadog/organization.ts';
import { DEFAULT_SITE, KNOWN_SITES, parseSite } from './datadog/sites.ts';
import { Failure } from './failure.ts';
import type { Key } from './github/trigger.ts';
import { proxySecrets } from './http/proxy.ts';
import * as form from './key-form.ts';
import type { KeyToVerify } from './opsgenie/verify-key.ts';
import * as remedies from './remedies.ts';

export interface Input {
  /** Environment variables that are used if the input is empty, in this order. */
  readonly variables?: readonly string[];
  /** The default in action.yml, which the runner passes if the input is left out. */
  readonly default?: string;
}

/** The inputs of action.yml. */
export const INPUTS = {
  site: { variables: ['DD_SITE'] },
  account_id: {},
  region: {},
  api_key: {},
  region_only: { default: 'false' },
  verify_key: { default: 'false' },
  dry_run: { default: 'false' },
  dd_access_token: { variables: ['DD_ACCESS_TOKEN', 'DD_BEARER_TOKEN'] },
  dd_api_key: { variables: ['DD_API_KEY'] },
  dd_app_key: { variables: ['DD_APP_KEY'] },
  timeout: { default: '300' },
} as const satisfies Record<string, Input>;

const MAX_TIMEOUT = 3600;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const KEY_FORM = 'An Opsgenie key has the form of a UUID: 8-4-4-4-12 letters and digits, with dashes.';

/** What the inputs ask for, even if they are invalid. */
export interface Subject {
  readonly site: string;
  readonly accountId: string;
  /** Empty for none. */
  readonly region: string;
  readonly dryRun: boolean;
}

/** The checked inputs of the step. */
export interface Inputs extends Target {
  /** The key to check with Opsgenie first; undefined if the user did not ask for this. */
  readonly verifyKey: KeyToVerify | undefined;
}

/** Everything that was read from the environment of the step. */
export interface ReadInputs {
  /** Every key and token, used or not, but no placeholder. */
  readonly keys: readonly Key[];
  /** What must not be printed: the keys, and the credentials of a proxy. */
  readonly secrets: readonly string[];
  readonly subject: Subject;
  /** Warnings about values that are allowed but suspicious, as sentences. */
  readonly warnings: readonly string[];
  /** The failure lists every problem. Its kind is `keys-missing` if a key is missing, else `inputs`. */
  readonly checked: Inputs | Failure;
  /** Time limit for everything, in seconds. */
  readonly timeout: number;
  /** Whose accounts to list: set only if `account_id` is invalid, and the site and the credentials are not. */
  readonly lookup: Organization | undefined;
}

/** The value of an input and those of its variables, without the white space and invisible characters around them. */
type Values = Readonly<Record<keyof typeof INPUTS, readonly [input: Key, ...variables: Key[]]>>;

/** What is wrong with the inputs. A function that finds a problem adds it, and returns a placeholder that is never used. */
interface Problems {
  readonly texts: string[];
  readonly warnings: string[];
  isKeyMissing: boolean;
}

/** Reads and checks all inputs, together. */
export function readInputs(environment: NodeJS.ProcessEnv): ReadInputs {
  const values = readValues(environment);
  const passed = [values.api_key, values.dd_access_token, values.dd_api_key, values.dd_app_key].flat();
  const keys = passed.filter((value) => isGiven(value) && !form.isPlaceholder(value.text));
  const problems: Problems = { texts: [], warnings: [], isKeyMissing: false };
  const { texts: hints, warnings } = problems;

  const site = readSite(values, problems);
  const isDefaultSite = !isGiven(first(values.site));
  const organization = { site, isDefaultSite, credentials: readCredentials(values, problems) };
  const isOrganizationKnown = hints.length === 0;
  const accountId = readAccountId(values, problems);
  const lookup = isOrganizationKnown && hints.length > 0 ? organization : undefined;
  const region = readRegion(values, problems);
  const dryRun = readSwitch(values.dry_run, problems);
  const { apiKey, verifyKey } = readApiKey(values, region, problems);
  const timeout = readTimeout(values, problems);
  const inputs = { ...organization, accountId, change: { apiKey, region }, verifyKey };
  const failure = problems.isKeyMissing
    ? new Failure('keys-missing', 'A required key is empty.', { remedy: remedies.KEYS_MISSING, hints })
    : new Failure('inputs', 'Some inputs are invalid.', { remedy: remedies.INPUTS, hints });

  return {
    keys,
    secrets: [...keys.map(({ text }) => text), ...proxySecrets(environment)],
    subject: { site, accountId: first(values.account_id).text, region: first(values.region).text, dryRun },
    warnings,
    checked: hints.length === 0 ? inputs : failure,
    timeout,
    lookup,
  };
}

function readValues(environment: NodeJS.ProcessEnv): Values {
  const values = Object.entries<Input>(INPUTS).map(([name, { variables = [], default: fallback = '' }]) => {
    const read = (source: string, text = ''): Key => ({ source, text: trim(text) });
    const input = read(name, environment[`INPUT_${name.toUpperCase()}`] ?? fallback);
    return [name, [input, ...variables.map((variable) => read(variable, environment[variable]))]];
  });
  return Object.fromEntries(values);
}

function trim(text: string): string {
  // The usual value has nothing to remove, and loading the Unicode tables for the other ones takes a millisecond.
  if (/^(?:[!-~](?:.*[!-~])?)?$/s.test(text)) return text;
  return text.replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '');
}

function isGiven({ text }: Key): boolean {
  return text !== '';
}

/** The value that counts: the first one that is not empty. */
function first(values: Values[keyof Values]): Key {
  return values.find(isGiven) ?? values[0];
}

/** Adds a problem with a value that may be shown. If it has a character that belongs elsewhere, that is the problem. */
function reject({ source, text }: Key, problem: string, problems: Problems): void {
  // A long value is described: half a secret would not be recognized and redacted.
  const quoted = text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
  problems.texts.push(`${source}: ${quoted} ${form.strangeCharacter(text) ?? problem}`);
}

function readSite(values: Values, problems: Problems): string {
  const value = first(values.site);
  if (!isGiven(value)) return DEFAULT_SITE;
  const site = form.strangeCharacter(value.text) === undefined ? parseSite(value.text) : undefined;
  if (site !== undefined) return site;
  reject(value, `is not a Datadog site. Use ${list(KNOWN_SITES)}, or a name such as US3.`, problems);
  return value.text;
}

function readAccountId(values: Values, problems: Problems): string {
  const value = first(values.account_id);
  if (!isGiven(value)) {
    problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
  } else if (!UUID.test(value.text)) {
    reject(value, 'is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.', problems);
  }
  return value.text.toLowerCase();
}

function readRegion(values: Values, problems: Problems): Region | undefined {
  const value = first(values.region);
  const region = REGIONS.find((name) => name === value.text.toLowerCase());
  if (region === undefined && isGiven(value)) {
    reject(value, `is not ${list(REGIONS)}. Leave it empty to keep the current region.`, problems);
  }
  return region;
}

function readSwitch([value]: Values[keyof Values], problems: Problems): boolean {
  const text = value.text.toLowerCase();
  const advice = ` Use \`\${{ … || false }}\` only if runs that this event starts should update Datadog.`;
  if (text === '') {
    const problem = 'is empty: its expression has no value for this event, or a name in it is misspelled.';
    problems.texts.push(`${value.source} ${problem}${value.source === 'dry_run' ? advice : ''}`);
  } else if (text !== 'true' && text !== 'false') {
    reject(value, 'is neither true nor false.', problems);
  }
  return text === 'true';
}

function readTimeout(values: Values, problems: Problems): number {
  const value = first(values.timeout);
  const timeout = /^\d{1,4}$/.test(value.text) ? Number(value.text) : 0;
  if (timeout >= 1 && timeout <= MAX_TIMEOUT) return timeout;
  if (isGiven(value)) reject(value, `is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`, problems);
  return Number(INPUTS.timeout.default);
}

/** The Opsgenie key, undefined if only the region is to change, and the key to verify, undefined for none. */
function readApiKey(values: Values, region: Region | undefined, problems: Problems) {
  const regionOnly = readSwitch(values.region_only, problems);
  const verify = readSwitch(values.verify_key, problems);
  const isRegionGiven = isGiven(first(values.region));
  const apiKey = first(values.api_key).text || undefined;
  const { texts, warnings } = problems;
  if (regionOnly) {
    if (apiKey !== undefined) texts.push('region_only is true, but api_key is set as well. Remove one of them.');
    if (!isRegionGiven) texts.push('region_only is true, but region is empty. Set region to the new region.');
    if (verify) texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
    return { apiKey, verifyKey: undefined };
  }
  if (apiKey === undefined) {
    problems.isKeyMissing = true;
    texts.push(
      'api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.',
    );
  } else {
    const problem = apiKeyProblem(apiKey, values);
    const isUnusual = !form.OPSGENIE_KEY.test(apiKey) && !verify;
    if (problem !== undefined) texts.push(`api_key ${problem}`);
    else if (isUnusual && region === 'custom') warnings.push(`api_key does not have the usual form. ${KEY_FORM}`);
    else if (isUnusual) texts.push(`api_key does not look like an Opsgenie key. ${KEY_FORM}`);
  }
  if (verify && (region === 'custom' || !isRegionGiven)) {
    texts.push(`verify_key is true, but region is ${region ?? 'empty'}. Set region to us or eu.`);
  }
  const isVerifiable = verify && apiKey !== undefined && region !== undefined && region !== 'custom';
  return { apiKey, verifyKey: isVerifiable ? { apiKey, region } : undefined };
}

/** What is wrong with an Opsgenie key, without showing it. */
function apiKeyProblem(key: string, values: Values): string | undefined {
  const { site, account_id, dd_access_token, dd_api_key, dd_app_key } = values;
  const others = [site, account_id, dd_access_token, dd_api_key, dd_app_key].flat();
  const same = others.find(({ text }) => text.toLowerCase() === key.toLowerCase());
  if (same !== undefined) return `is the same as ${same.source}. It must be an Opsgenie API key.`;
  const datadog = form.datadogForm(key);
  if (datadog !== undefined) return `looks like ${datadog}. ${KEY_FORM}`;
  const problem = form.keyProblem(key);
  if (problem !== undefined || /^[a-z0-9-]*$/i.test(key)) return problem;
  return `contains characters other than letters, digits and dashes. ${KEY_FORM}`;
}

/** The credentials for Datadog. Inputs take precedence over environment variables. */
function readCredentials(values: Values, problems: Problems): Credentials {
  const [tokenInput, ...tokenVariables] = values.dd_access_token;
  const isKeyPassed = isGiven(values.dd_api_key[0]) || isGiven(values.dd_app_key[0]);
  const token = (isKeyPassed ? [tokenInput] : values.dd_access_token).find(isGiven);
  if (isKeyPassed && token !== undefined) {
    problems.warnings.push('dd_access_token is used, so dd_api_key and dd_app_key are ignored.');
  }
  const [apiKey, appKey] = [first(values.dd_api_key), first(values.dd_app_key)];
  if (token !== undefined || form.ACCESS_TOKEN.test(appKey.text)) {
    const { source, text } = token ?? appKey;
    if (text !== apiKey.text) checkDatadogKey({ source, text }, [form.API_KEY, form.APPLICATION_KEY], problems);
    else problems.texts.push(`${source} is the same as ${apiKey.source}. It must be an access token.`);
    return { token: text, source };
  }
  const alternative = isGiven(appKey) ? '' : ' Or pass an access token as dd_access_token.';
  if (isGiven(apiKey)) checkDatadogKey(apiKey, [form.APPLICATION_KEY, form.ACCESS_TOKEN], problems);
  else addMissing('dd_api_key (or DD_API_KEY in the environment)', `API key.${alternative}`, problems);
  if (!isGiven(appKey)) {
    const unused = tokenVariables.find(isGiven);
    const note = unused ? ` ${unused.source} is not used, because the step passes dd_api_key.` : '';
    addMissing('dd_app_key (or DD_APP_KEY in the environment)', `application key or access token.${note}`, problems);
  } else if (appKey.text.toLowerCase() === apiKey.text.toLowerCase()) {
    problems.texts.push(`${appKey.source} is the same as ${apiKey.source}. It must be an application key.`);
  } else {
    checkDatadogKey(appKey, [], problems);
  }
  return { apiKey: apiKey.text, appKey: appKey.text, sources: [apiKey.source, appKey.source] };
}

function addMissing(name: string, what: string, problems: Problems): void {
  problems.isKeyMissing = true;
  problems.texts.push(`${name} is empty. It must be a Datadog ${what}`);
}

/** @param misplaced forms of credentials that belong in another input */
function checkDatadogKey({ source, text }: Key, misplaced: readonly RegExp[], problems: Problems): void {
  let problem = form.keyProblem(text);
  if (UUID.test(text)) {
    problem = "looks like a key's ID or an Opsgenie key (a UUID). Pass the Datadog key itself.";
  } else if ([...misplaced, form.CLIENT_TOKEN].some((pattern) => pattern.test(text))) {
    const advice = form.ACCESS_TOKEN.test(text) ? 'Pass it as dd_access_token.' : 'Check which secret the step passes.';
    problem = `looks like ${form.datadogForm(text)}. ${advice}`;
  }
  if (problem !== undefined) problems.texts.push(`${source} ${problem}`);
}

function list(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}
