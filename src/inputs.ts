import { getInput, setSecret } from '@actions/core';
import { type AccountChange, type Credentials, REGIONS, type Region } from './datadog/opsgenie-accounts.ts';
import { Failure } from './failure.ts';
import { DEFAULT_SITE, KNOWN_SITES, parseSite } from './sites.ts';
import { KEY_LENGTH, UUID } from './untrusted.ts';

/** The inputs of action.yml, each with the environment variable that stands in for it, if one does. */
export const INPUTS = {
  site: 'DD_SITE',
  account_id: undefined,
  region: undefined,
  api_key: undefined,
  region_only: undefined,
  dry_run: undefined,
  dd_api_key: 'DD_API_KEY',
  dd_app_key: 'DD_APP_KEY',
  timeout: undefined,
} as const;

type InputName = keyof typeof INPUTS;

const SECRETS = ['api_key', 'dd_api_key', 'dd_app_key'] as const satisfies readonly InputName[];

type SecretName = (typeof SECRETS)[number];

/** What counts where an input is empty: the runner gives an empty string for what is not given. */
export const DEFAULTS = { site: DEFAULT_SITE, region_only: 'false', dry_run: 'false', timeout: '300' } as const;

const MAX_TIMEOUT = 3600;

/** What a run is about, for its report. */
export interface Subject {
  readonly site: string;
  readonly accountId: string;
  /** Empty for none. */
  readonly region: string;
}

/** The inputs of the step, checked. */
export interface Inputs {
  readonly site: string;
  /** UUID in lower case. */
  readonly accountId: string;
  readonly credentials: Credentials;
  readonly change: AccountChange;
  /** Whether only to find out what an update would meet. */
  readonly dryRun: boolean;
  /** Seconds for everything together. */
  readonly timeout: number;
  /** What looks odd but may be right, in sentences. */
  readonly warnings: readonly string[];
}

/** A key that was given. */
export interface Secret {
  /** The input or environment variable that it came in by. */
  readonly name: string;
  readonly value: string;
}

/**
 * Masks every key that was given, in an input or in the environment, used or not. To be called before anything is
 * printed.
 */
export function maskSecrets(): readonly Secret[] {
  const given = SECRETS.flatMap((name) => [
    { name, value: getInput(name) },
    { name: INPUTS[name] ?? name, value: environment(name) },
  ]);
  const secrets = given.filter(({ value }) => value !== '');
  for (const { value } of secrets) setSecret(value);
  return secrets;
}

/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules are about two inputs at once,
 * and each message must name the input, its value and what is allowed.)
 *
 * @throws Failure that names every problem at once, of the kind `keys-missing` where a key is, else `inputs`
 */
export function readInputs(): Inputs {
  // A reader that finds a problem notes it here and returns any value of its type; nothing of it is used.
  const problems = new Problems();
  const site = readSite(problems);
  const accountId = readAccountId(problems);
  const region = readRegion(problems);
  const apiKey = readApiKey(problems);
  const credentials = readCredentials(problems);
  const dryRun = readSwitch('dry_run', problems) ?? false;
  const timeout = readTimeout(problems);

  if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
    problems.add('api_key is the same as one of the Datadog keys. It must be the API key of Opsgenie.');
  }
  if (apiKey?.toLowerCase() === accountId) {
    problems.add('api_key is the same as account_id. It must be the API key of Opsgenie.');
  }
  problems.throwIfAny();

  const looksLikeDatadogKey = apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey);
  return {
    site,
    accountId,
    credentials,
    change: { apiKey, region },
    dryRun,
    timeout,
    warnings: looksLikeDatadogKey
      ? ['api_key has the form of a Datadog key; Opsgenie keys usually are UUIDs. Check that the right secret is used.']
      : [],
  };
}

/** What the step is about, as far as it can be read, whether or not it can be used. */
export function readSubject(): Subject {
  const site = value('site') || DEFAULTS.site;
  return { site: parseSite(site) ?? site, accountId: value('account_id'), region: value('region') };
}

/** Whether the step asks for a dry run, whether or not its other inputs can be used. */
export function isDryRun(): boolean {
  return readSwitch('dry_run', new Problems()) ?? false;
}

class Problems {
  readonly #texts: string[] = [];
  #keyMissing = false;

  add(text: string): void {
    this.#texts.push(text);
  }

  addMissingKey(text: string): void {
    this.add(text);
    this.#keyMissing = true;
  }

  throwIfAny(): void {
    if (this.#texts.length === 0) return;
    const [kind, what] = this.#keyMissing
      ? (['keys-missing', 'A key that is needed is empty.'] as const)
      : (['inputs', 'Not all inputs of this step can be used.'] as const);
    throw new Failure(kind, what, { texts: this.#texts });
  }
}

function readSite(problems: Problems): string {
  const given = value('site') || DEFAULTS.site;
  const site = parseSite(given);
  if (site === undefined) {
    problems.add(`${named('site')}: ${quoted(given)} is not a Datadog site. Sites are ${list(KNOWN_SITES)}.`);
  }
  return site ?? DEFAULTS.site;
}

function readAccountId(problems: Problems): string {
  const given = value('account_id');
  if (given === '') {
    problems.add('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
  } else if (!UUID.test(given)) {
    problems.add(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
  }
  return given.toLowerCase();
}

function readRegion(problems: Problems): Region | undefined {
  const given = value('region');
  const region = REGIONS.find((known) => known === given.toLowerCase());
  if (given !== '' && region === undefined) {
    problems.add(`region: ${quoted(given)} is not a region. Regions are ${list(REGIONS)}; empty leaves it as it is.`);
  }
  return region;
}

/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(problems: Problems): string | undefined {
  const key = readKey('api_key', problems);
  const regionOnly = readSwitch('region_only', problems);
  if (regionOnly === false && key === undefined) {
    problems.addMissingKey(
      'api_key is empty: it was not given, or the secret does not exist here. To change only the region and leave the key alone, set region_only: true.',
    );
  } else if (regionOnly === true) {
    if (key !== undefined) problems.add('region_only is true, but api_key is given as well. Leave one of the two out.');
    if (value('region') === '') problems.add('region_only is true, but no region is given.');
  }
  return key;
}

function readCredentials(problems: Problems): Credentials {
  const apiKey = readKey('dd_api_key', problems);
  const appKey = readKey('dd_app_key', problems) ?? '';
  // https://docs.datadoghq.com/account_management/personal-access-tokens/
  const isAccessToken = /^dd[ps]at_/.test(appKey);
  if (apiKey === undefined && !isAccessToken) {
    problems.addMissingKey(`${named('dd_api_key')} is empty. It must be a Datadog API key.`);
  }
  if (appKey === '') {
    problems.addMissingKey(`${named('dd_app_key')} is empty. It must be a Datadog application key or access token.`);
  }
  return { apiKey, appKey };
}

/** A key, undefined if none is given. Its value never appears in a problem. */
function readKey(name: SecretName, problems: Problems): string | undefined {
  const key = value(name);
  if (key === '') return undefined;
  const fault = faultOf(key);
  if (fault !== undefined) problems.add(`${named(name)} ${fault}`);
  return key;
}

function faultOf(key: string): string | undefined {
  if (/[\r\n]/.test(key)) return 'has several lines. Give the key alone, on one line.';
  if (/^["'`]|["'`]$/.test(key)) return 'has quotation marks around it. Give the key without them.';
  if (/[^\x21-\x7e]/.test(key)) return 'holds white space or a character that no HTTP header can carry.';
  if (/^\$|^<.*>$|^\*+$/.test(key)) return 'holds a placeholder such as $NAME, <key> or ***, not a key.';
  if (key.length < KEY_LENGTH.min) return `is too short for a key: fewer than ${KEY_LENGTH.min} characters.`;
  if (key.length > KEY_LENGTH.max) return `is too long for a key: more than ${KEY_LENGTH.max} characters.`;
  return undefined;
}

/** True or false, undefined if the value is neither. */
function readSwitch(name: 'region_only' | 'dry_run', problems: Problems): boolean | undefined {
  const given = value(name) || DEFAULTS[name];
  if (/^true$/i.test(given)) return true;
  if (/^false$/i.test(given)) return false;
  problems.add(`${name}: ${quoted(given)} is neither true nor false.`);
  return undefined;
}

function readTimeout(problems: Problems): number {
  const given = value('timeout') || DEFAULTS.timeout;
  const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (timeout < 1 || timeout > MAX_TIMEOUT) {
    problems.add(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
  }
  return timeout;
}

/** What counts for an input: itself or else the environment variable that stands in for it; empty for neither. */
function value(name: InputName): string {
  return getInput(name) || environment(name);
}

function environment(name: InputName): string {
  const variable = INPUTS[name];
  return (variable !== undefined && process.env[variable]?.trim()) || '';
}

/** An input as problems name it: with the environment variable, if that is where the value comes from. */
function named(name: InputName): string {
  const variable = INPUTS[name];
  return variable === undefined || getInput(name) !== '' ? name : `${name} (or ${variable} in the environment)`;
}

/** A value in quotes; a long one is not cut but counted, for a cut could leave half a secret that no one recognises. */
function quoted(text: string): string {
  return text.length <= 100 ? JSON.stringify(text) : `a text of ${text.length} characters`;
}

function list(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}
