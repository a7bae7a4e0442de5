import { type Credentials, type Organization, REGIONS, type Region, type Update } from './datadog/accounts.ts';
import { DEFAULT_SITE, parseSite, SITES } from './datadog/sites.ts';
import { Failure } from './failure.ts';
import * as form from './key-form.ts';
import type { KeyToVerify } from './opsgenie/verify-key.ts';

/** An input's fallback environment variable and its default in action.yml. Secrets are masked. */
export interface Input {
  readonly variable?: string;
  readonly default?: string;
  readonly isSecret?: boolean;
}

/** The inputs of action.yml. */
export const INPUTS = {
  site: { variable: 'DD_SITE' },
  account_id: {},
  region: {},
  api_key: { isSecret: true },
  region_only: { default: 'false' },
  verify_key: { default: 'false' },
  dry_run: { default: 'false' },
  dd_api_key: { variable: 'DD_API_KEY', isSecret: true },
  dd_app_key: { variable: 'DD_APP_KEY', isSecret: true },
  dd_access_token: { isSecret: true },
  timeout: { default: '300' },
} as const satisfies Record<string, Input>;

const MAX_TIMEOUT = 3600;

/** A trimmed value and the name of its input or environment variable. */
export type Value = { readonly source: string; readonly text: string };

/** Reads an input or, if it is empty, its environment variable. */
type Read = (name: keyof typeof INPUTS) => Value;

/** The step's target, set even if inputs are invalid. */
export interface Subject {
  readonly site: string;
  readonly accountId: string;
  /** Empty if not set. */
  readonly region: string;
}

/** The checked inputs of the step. */
export interface Inputs extends Update {
  readonly dryRun: boolean;
  /** The key to check with Opsgenie first; undefined if the step requests no check. */
  readonly keyToVerify: KeyToVerify | undefined;
}

export interface ReadInputs {
  /** All keys and tokens, used or not. */
  readonly keys: readonly Value[];
  readonly subject: Subject;
  /** The failure lists all problems. The kind is `keys-missing` if a key is missing, otherwise `inputs`. */
  readonly checked: Inputs | Failure;
  /** Time limit for the whole run, in seconds. */
  readonly timeout: number;
  /** The organization whose accounts to list. Set if `account_id` is empty and the site and credentials are valid. */
  readonly lookup: Organization | undefined;
}

/** Reasons to reject an input, one sentence each. Returned instead of the value. */
type Problems = readonly string[];

/** Reads and checks all inputs. Each reader returns a value or a list of problems, independently of the others. */
export function readInputs(environment: NodeJS.ProcessEnv): ReadInputs {
  const read: Read = (name) => readValue(name, environment);
  const misspelled = findMisspelled(environment);
  const values = {
    misspelled: problemsOr(misspelled.map(describeMisspelled), undefined),
    site: readSite(read('site')),
    accountId: readAccountId(read('account_id')),
    region: readRegion(read('region')),
    apiKey: readApiKey(read),
    regionOnly: readRegionOnly(read),
    keyToVerify: readKeyToVerify(read),
    dryRun: readSwitch(read('dry_run')),
    credentials: readCredentials(read),
    timeout: readTimeout(read('timeout')),
  };
  const { site, credentials, timeout } = values;
  const organization = { site, credentials };
  return {
    keys: readKeys(environment, misspelled),
    subject: {
      site: typeof site === 'string' ? site : read('site').text,
      accountId: read('account_id').text.toLowerCase(),
      region: read('region').text.toLowerCase(),
    },
    checked: areValid(values) ? values : inputFailure(Object.values(values).filter(Array.isArray).flat(), read),
    timeout: typeof timeout === 'number' ? timeout : Number(INPUTS.timeout.default),
    lookup: read('account_id').text === '' && areValid(organization) ? organization : undefined,
  };
}

/** Returns the problems or, if there are none, the value. */
function problemsOr<T>(problems: readonly (string | false | undefined)[], value: T): T | Problems {
  const texts = problems.filter((text) => typeof text === 'string');
  return texts.length === 0 ? value : texts;
}

function areValid<T extends object>(values: T): values is T & { [K in keyof T]: Exclude<T[K], Problems> } {
  return !Object.values(values).some(Array.isArray);
}

function inputFailure(details: Problems, read: Read): Failure {
  const isEmpty = (name: keyof typeof INPUTS): boolean => read(name).text === '';
  const isCredentialMissing = isEmpty('dd_access_token') && (isEmpty('dd_api_key') || isEmpty('dd_app_key'));
  const isKeyMissing = isCredentialMissing || (isEmpty('api_key') && !isTrue(read('region_only')));
  if (isKeyMissing) return new Failure('keys-missing', 'A required key is empty.', { details });
  return new Failure('inputs', 'Some inputs are invalid.', { details });
}

function readValue(name: keyof typeof INPUTS, environment: NodeJS.ProcessEnv): Value {
  const { variable = '', default: fallback = '' }: Input = INPUTS[name];
  const text = (environment[inputVariable(name)] ?? fallback).trim();
  const variableText = environment[variable]?.trim();
  return text === '' && variableText ? { source: variable, text: variableText } : { source: name, text };
}

function inputVariable(name: string): string {
  return `INPUT_${name.toUpperCase()}`;
}

/** A name that the runner passes although it only resembles an input's name. */
type Misspelled = { readonly written: string; readonly intended: string };

/** Finds names that differ from an input's name only in hyphens and underscores. The runner passes names in upper case. */
function findMisspelled(environment: NodeJS.ProcessEnv): readonly Misspelled[] {
  const simplify = (name: string): string => name.replace(/[-_]/g, '');
  const names = new Map(Object.keys(INPUTS).map((name) => [simplify(name), name]));
  const passed = Object.keys(environment).filter((variable) => /^INPUT_[^a-z]*$/.test(variable));
  return passed
    .map((variable) => variable.slice('INPUT_'.length).toLowerCase())
    .map((written) => ({ written, intended: names.get(simplify(written)) ?? written }))
    .filter(({ written, intended }) => written !== intended);
}

function describeMisspelled({ written, intended }: Misspelled): string {
  return `${written} is not an input. Write ${intended}.`;
}

/** Reads all values long enough for a key, used or not. Shorter values are never sent and may be ordinary words. */
function readKeys(environment: NodeJS.ProcessEnv, misspelled: readonly Misspelled[]): readonly Value[] {
  const secrets = Object.entries<Input>(INPUTS).filter(([, { isSecret }]) => isSecret);
  const names = secrets.map(([name]) => name);
  const similar = misspelled.filter(({ intended }) => names.includes(intended)).map(({ written }) => written);
  const inputs = [...names, ...similar].map((source) => ({ source, text: environment[inputVariable(source)] }));
  const variables = secrets.map(([, { variable = '' }]) => ({ source: variable, text: environment[variable] }));
  return [...inputs, ...variables]
    .map(({ source, text = '' }) => ({ source, text: text.trim() }))
    .filter(({ text }) => text.length >= form.MIN_KEY_LENGTH);
}

/** Rejects a value that isn't a secret. Reports a character outside printable ASCII instead of the problem. */
function reject({ source, text }: Value, problem: string): Problems {
  const [character] = /[^ -~]/u.exec(text) ?? [];
  const shown = text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
  return [`${source}: ${shown} ${character ? `contains ${form.nameOf(character)}.` : problem}`];
}

function readSite(value: Value): string | Problems {
  if (value.text === '') return DEFAULT_SITE;
  const known = [...SITES].map(([name, site]) => `${site} (${name})`).join(', ');
  return parseSite(value.text) ?? reject(value, `is not a Datadog site. Use one of ${known}.`);
}

function readAccountId(value: Value): string | Problems {
  if (form.UUID.test(value.text)) return value.text.toLowerCase();
  return value.text === ''
    ? ['account_id is empty. Set it to the ID of an Opsgenie account in Datadog.']
    : reject(value, 'is not a UUID. Leave account_id empty to get a list of the accounts.');
}

function readRegion(value: Value): Region | undefined | Problems {
  const region = REGIONS.find((name) => name === value.text.toLowerCase());
  if (region !== undefined || value.text === '') return region;
  return reject(value, `is not one of ${REGIONS.join(', ')}. Leave region empty to keep the account's region.`);
}

function readSwitch(value: Value): boolean | Problems {
  if (value.text === '') return [`${value.source} is empty. Pass true or false, or omit the input.`];
  if (isTrue(value)) return true;
  return value.text.toLowerCase() === 'false' ? false : reject(value, 'is neither true nor false.');
}

function isTrue({ text }: Value): boolean {
  return text.toLowerCase() === 'true';
}

function readRegionOnly(read: Read): boolean | Problems {
  const value = read('region_only');
  if (!isTrue(value)) return readSwitch(value);
  const problems = [
    read('api_key').text !== '' && 'region_only is true, but api_key is set. Remove one of them.',
    read('region').text === '' && 'region_only is true, but region is empty. Set region to the new region.',
    isTrue(read('verify_key')) && 'region_only is true, so there is no key to verify. Remove verify_key.',
  ];
  return problemsOr(problems, true);
}

/** Returns the Opsgenie key; undefined if only the region changes. */
function readApiKey(read: Read): string | undefined | Problems {
  const { text } = read('api_key');
  if (isTrue(read('region_only'))) return undefined;
  if (text === '') return ['api_key is empty. Pass the Opsgenie key, or set region_only to change only the region.'];
  const others = [read('account_id'), read('dd_access_token'), read('dd_api_key'), read('dd_app_key')];
  const problem = duplicateProblem(text, others) ?? form.keyProblem(text, 'Opsgenie key');
  if (problem !== undefined) return [`api_key ${problem}`];
  const region = read('region').text.toLowerCase();
  if (form.OPSGENIE_KEY.test(text) || region === 'custom') return text;
  const advice = region === '' ? ' For an account in the custom region, set region: custom.' : '';
  return [`api_key does not have the form of an Opsgenie key (8-4-4-4-12 letters and digits).${advice}`];
}

/** Returns the end of a sentence that begins with the input's name; undefined if the key differs from the other values. */
function duplicateProblem(key: string, others: readonly Value[]): string | undefined {
  const same = others.find(({ text }) => text.toLowerCase() === key.toLowerCase());
  return same && `is the same as ${same.source}.`;
}

function readKeyToVerify(read: Read): KeyToVerify | undefined | Problems {
  const isRequested = readSwitch(read('verify_key'));
  if (isRequested !== true) return isRequested || undefined;
  const region = read('region').text.toLowerCase();
  if (region === 'us' || region === 'eu') return { apiKey: read('api_key').text, region };
  if (region === '') return ['verify_key needs region us or eu. A region that is set here is also set in Datadog.'];
  if (region === 'custom') return ['verify_key: keys of the custom region cannot be verified. Remove verify_key.'];
  return undefined; // readRegion rejects any other region.
}

function readCredentials(read: Read): Credentials | Problems {
  const token = read('dd_access_token').text;
  if (token !== '') {
    const keys = [read('dd_api_key'), read('dd_app_key')];
    const passed = keys.filter(({ source, text }) => text !== '' && source in INPUTS);
    const texts = passed.map(({ source }) => `dd_access_token and ${source} are both set. Remove one of them.`);
    const problem = form.keyProblem(token, 'access token');
    return problemsOr([...texts, problem && `dd_access_token ${problem}`], { token });
  }
  const apiKey = readDatadogKey(read('dd_api_key'), undefined);
  const appKey = readDatadogKey(read('dd_app_key'), read('dd_api_key'));
  if (typeof apiKey === 'string' && typeof appKey === 'string') return { apiKey, appKey };
  return [apiKey, appKey].flatMap((key) => (typeof key === 'string' ? [] : key));
}

/** @param apiKey undefined if the value is the API key itself */
function readDatadogKey({ source, text }: Value, apiKey: Value | undefined): string | Problems {
  const fail = (problem: string): Problems => [`${source} ${problem}`];
  if (text === '') return fail('is empty. Pass dd_api_key and dd_app_key, or pass dd_access_token.');
  if (form.ACCESS_TOKEN.test(text)) return fail('looks like an access token. Pass it as dd_access_token.');
  if (form.UUID.test(text)) return fail("looks like a key's ID (a UUID). Pass the key itself.");
  const isSwapped = apiKey === undefined && form.APPLICATION_KEY.test(text);
  if (isSwapped) return fail('looks like an application key. Pass it as dd_app_key.');
  const problem = duplicateProblem(text, apiKey === undefined ? [] : [apiKey]) ?? form.keyProblem(text, 'Datadog key');
  return problem === undefined ? text : fail(problem);
}

function readTimeout(value: Value): number | Problems {
  if (value.text === '') return Number(INPUTS.timeout.default);
  const timeout = /^\d+$/.test(value.text) ? Number(value.text) : 0;
  if (timeout >= 1 && timeout <= MAX_TIMEOUT) return timeout;
  return reject(value, `is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
}
