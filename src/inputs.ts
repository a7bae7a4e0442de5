import { getInput, setSecret } from '@actions/core';
import { type AccountUpdate, REGIONS, type Region } from './datadog/opsgenie-accounts.ts';
import { Failure } from './failure.ts';
import { proxySecrets } from './http/proxy.ts';
import { type KeyToVerify, OPSGENIE_REGIONS } from './opsgenie/verify-key.ts';
import { DEFAULT_SITE, KNOWN_SITES, parseSite } from './sites.ts';

interface Input {
  /** The environment variable that is used if the input is empty. */
  readonly variable?: string;
  /** Used if both are empty. The runner passes an empty string for an input that is not given. */
  readonly default?: string;
}

/** The inputs of action.yml. */
export const INPUTS = {
  site: { variable: 'DD_SITE', default: DEFAULT_SITE },
  account_id: {},
  region: {},
  api_key: {},
  region_only: { default: 'false' },
  verify_key: { default: 'false' },
  dry_run: { default: 'false' },
  dd_api_key: { variable: 'DD_API_KEY' },
  dd_app_key: { variable: 'DD_APP_KEY' },
  timeout: { default: '300' },
} as const satisfies Record<string, Input>;

type InputName = keyof typeof INPUTS;

const MAX_TIMEOUT = 3600;

/** No key is shorter or longer. */
const KEY_LENGTH = { min: 8, max: 500 } as const;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the inputs ask for, before they are checked. */
export interface Subject {
  readonly site: string;
  readonly accountId: string;
  /** Empty for none. */
  readonly region: string;
  readonly dryRun: boolean;
}

/** The checked inputs of the step. */
export interface Inputs extends AccountUpdate {
  /** The key to check with Opsgenie first; undefined if the user did not ask for this. */
  readonly verifyKey: KeyToVerify | undefined;
  /** Whether to change nothing. */
  readonly dryRun: boolean;
  /** Time limit for everything, in seconds. */
  readonly timeout: number;
  /** Warnings about values that are allowed but suspicious, as sentences. */
  readonly warnings: readonly string[];
}

/** A key, or the login of a proxy. */
export interface Secret {
  /** The input or environment variable that it came from. */
  readonly name: string;
  readonly value: string;
}

/** Masks every key in the inputs and the environment, used or not, and the login of a proxy. Call before printing. */
export function maskSecrets(): readonly Secret[] {
  const given = (['api_key', 'dd_api_key', 'dd_app_key'] as const).flatMap((name) => [
    { name, value: getInput(name) },
    { name: variableOf(name) ?? name, value: environment(name) },
  ]);
  const secrets = [...given, ...proxySecrets()].filter(({ value }) => value !== '');
  for (const { value } of secrets) setSecret(value);
  return secrets;
}

/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules involve two inputs, and each
 * message must name the input, its value, and what is allowed.)
 *
 * @throws Failure that lists every problem, of kind `keys-missing` if a key is missing, else `inputs`
 */
export function readInputs(): Inputs {
  // A reader that finds a problem adds it here and returns any value of its type, which is then never used.
  const problems: Problems = { texts: [], isKeyMissing: false };
  const site = readSite(problems);
  const accountId = readAccountId(problems);
  const region = readRegion(problems);
  const apiKey = readApiKey(problems);
  const verifyKey = readVerifyKey(apiKey, region, problems);
  const credentials = readCredentials(problems);
  const dryRun = readSwitch('dry_run', problems) ?? false;
  const timeout = readTimeout(problems);

  if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
    problems.texts.push('api_key is the same as one of the Datadog keys. It must be an Opsgenie API key.');
  }
  if (apiKey?.toLowerCase() === accountId) {
    problems.texts.push('api_key is the same as account_id. It must be an Opsgenie API key.');
  }
  if (problems.isKeyMissing) throw new Failure('keys-missing', 'A required key is missing.', problems);
  if (problems.texts.length > 0) throw new Failure('inputs', 'Some inputs are invalid.', problems);

  const warnings: string[] = [];
  if (apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey)) {
    warnings.push(
      'api_key looks like a Datadog key. Opsgenie keys are usually UUIDs. Check which secret the step uses.',
    );
  }
  return { site, accountId, credentials, change: { apiKey, region }, verifyKey, dryRun, timeout, warnings };
}

/** Reads what the inputs ask for without checking it, for reports about invalid inputs. */
export function readSubject(): Subject {
  const site = value('site');
  return {
    site: parseSite(site) ?? site,
    accountId: value('account_id'),
    region: value('region'),
    dryRun: isTrue('dry_run'),
  };
}

interface Problems {
  readonly texts: string[];
  isKeyMissing: boolean;
}

function addMissingKey(problems: Problems, text: string): void {
  problems.texts.push(text);
  problems.isKeyMissing = true;
}

function readSite(problems: Problems): string {
  const given = value('site');
  const site = parseSite(given);
  if (site === undefined) {
    problems.texts.push(`${named('site')}: ${quoted(given)} is not a Datadog site. Use ${list(KNOWN_SITES)}.`);
  }
  return site ?? DEFAULT_SITE;
}

function readAccountId(problems: Problems): string {
  const given = value('account_id');
  if (given === '') {
    problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
  } else if (!UUID.test(given)) {
    problems.texts.push(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
  }
  return given.toLowerCase();
}

function readRegion(problems: Problems): Region | undefined {
  const given = value('region');
  const region = REGIONS.find((name) => name === given.toLowerCase());
  if (given !== '' && region === undefined) {
    problems.texts.push(`region: ${quoted(given)} is not ${list(REGIONS)}. Leave it empty to keep the current region.`);
  }
  return region;
}

/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(problems: Problems): string | undefined {
  const key = readKey('api_key', problems);
  const regionOnly = readSwitch('region_only', problems);
  if (regionOnly === false && key === undefined) {
    addMissingKey(
      problems,
      'api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.',
    );
  } else if (regionOnly === true) {
    if (key !== undefined) problems.texts.push('region_only is true, but api_key is set as well. Remove one of them.');
    if (value('region') === '')
      problems.texts.push('region_only is true, but region is empty. Set region to the new region.');
  }
  return key;
}

function readVerifyKey(apiKey: string | undefined, region: Region | undefined, problems: Problems) {
  if (readSwitch('verify_key', problems) !== true) return undefined;
  const opsgenieRegion = OPSGENIE_REGIONS.find((name) => name === region);
  if (isTrue('region_only')) {
    problems.texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
  } else if (opsgenieRegion === undefined && (region !== undefined || value('region') === '')) {
    const given = region ?? 'empty';
    problems.texts.push(`verify_key is true, but region is ${given}. Set region to ${list(OPSGENIE_REGIONS)}.`);
  }
  return apiKey && opsgenieRegion ? { apiKey, region: opsgenieRegion } : undefined;
}

function readCredentials(problems: Problems): AccountUpdate['credentials'] {
  const apiKey = readKey('dd_api_key', problems);
  const appKey = readKey('dd_app_key', problems) ?? '';
  // https://docs.datadoghq.com/account_management/personal-access-tokens/
  const isAccessToken = /^dd[ps]at_/.test(appKey);
  if (apiKey === undefined && !isAccessToken) {
    addMissingKey(problems, `${named('dd_api_key')} is empty. It must be a Datadog API key.`);
  }
  if (appKey === '') {
    addMissingKey(problems, `${named('dd_app_key')} is empty. It must be a Datadog application key or access token.`);
  }
  return { apiKey, appKey };
}

/** A key, undefined if it is empty. Its value never appears in a problem. */
function readKey(name: InputName, problems: Problems): string | undefined {
  const key = value(name);
  if (key === '') return undefined;
  const problem = keyProblem(key);
  if (problem !== undefined) problems.texts.push(`${named(name)} ${problem}`);
  return key;
}

function keyProblem(key: string): string | undefined {
  if (/[\r\n]/.test(key)) return 'spans several lines. Pass only the key, on one line.';
  if (/^["'`]|["'`]$/.test(key)) return 'begins or ends with a quotation mark. Pass the key without quotation marks.';
  if (/[^\x21-\x7e]/.test(key)) return 'contains white space or a character that is not allowed in HTTP headers.';
  if (/^\$|^<.*>$|^\*+$|^(?:undefined|null)$/i.test(key)) {
    return 'is a placeholder such as $NAME, <key>, ***, or null, not a key.';
  }
  if (key.length < KEY_LENGTH.min) return `is too short for a key: it has fewer than ${KEY_LENGTH.min} characters.`;
  if (key.length > KEY_LENGTH.max) return `is too long for a key: it has more than ${KEY_LENGTH.max} characters.`;
  return undefined;
}

/** True or false, undefined if the value is neither. */
function readSwitch(name: InputName, problems: Problems): boolean | undefined {
  if (isTrue(name)) return true;
  if (/^false$/i.test(value(name))) return false;
  problems.texts.push(`${name}: ${quoted(value(name))} is neither true nor false.`);
  return undefined;
}

function isTrue(name: InputName): boolean {
  return /^true$/i.test(value(name));
}

function readTimeout(problems: Problems): number {
  const given = value('timeout');
  const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (timeout < 1 || timeout > MAX_TIMEOUT) {
    problems.texts.push(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
  }
  return timeout;
}

/** The value of an input or, if it is empty, of its environment variable or its default. */
function value(name: InputName): string {
  const { default: fallback = '' }: Input = INPUTS[name];
  return getInput(name) || environment(name) || fallback;
}

function environment(name: InputName): string {
  return process.env[variableOf(name) ?? '']?.trim() ?? '';
}

function variableOf(name: InputName): string | undefined {
  const { variable }: Input = INPUTS[name];
  return variable;
}

/** An input's name in a problem, with its environment variable unless the input itself has a value. */
function named(name: InputName): string {
  const variable = variableOf(name);
  return variable === undefined || getInput(name) !== '' ? name : `${name} (or ${variable} in the environment)`;
}

/** Quotes a value. A long one is not cut but described: half a secret would not be recognized and redacted. */
function quoted(text: string): string {
  return text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
}

function list(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}
