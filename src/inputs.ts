import { REGIONS, type Region, type Target } from './datadog/accounts.ts';
import { DEFAULT_SITE, KNOWN_SITES, parseSite } from './datadog/sites.ts';
import { Failure } from './failure.ts';
import type { Secret } from './github/secrets.ts';
import { proxySecrets } from './http/proxy.ts';
import { type KeyToVerify, OPSGENIE_REGIONS } from './opsgenie/verify-key.ts';
import { INPUTS_REMEDY, KEYS_MISSING_REMEDY } from './remedies.ts';

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
export interface Inputs extends Target {
  /** The key to check with Opsgenie first; undefined if the user did not ask for this. */
  readonly verifyKey: KeyToVerify | undefined;
  /** Whether to change nothing. */
  readonly dryRun: boolean;
  /** Time limit for everything, in seconds. */
  readonly timeout: number;
  /** Warnings about values that are allowed but suspicious, as sentences. */
  readonly warnings: readonly string[];
}

/** Everything that was read from the environment of the step. */
export interface ReadInputs {
  /** Every key, used or not, and the credentials of a proxy. */
  readonly secrets: readonly Secret[];
  /** For reports, even about invalid inputs. */
  readonly subject: Subject;
  /** The failure lists every problem. Its kind is `keys-missing` if a key is missing, else `inputs`. */
  readonly checked: Inputs | Failure;
}

/** @throws Failure if the inputs are invalid */
export function checkedInputs({ checked }: ReadInputs): Inputs {
  if (checked instanceof Failure) throw checked;
  return checked;
}

/**
 * Reads and checks all inputs. (A schema library would not make this shorter: most rules involve two inputs, and each
 * message must name the input, its value, and what is allowed.)
 */
export function readInputs(environment: NodeJS.ProcessEnv): ReadInputs {
  const values = readValues(environment);
  const site = values.site.text;
  return {
    secrets: [...readKeys(environment), ...proxySecrets(environment)],
    subject: {
      site: parseSite(site) ?? site,
      accountId: values.account_id.text,
      region: values.region.text,
      dryRun: isTrue(values.dry_run),
    },
    checked: check(values),
  };
}

/** The value of an input or, if it is empty, of its environment variable or its default. */
interface Value {
  readonly name: InputName;
  readonly text: string;
  readonly isFromInput: boolean;
}

type Values = Readonly<Record<InputName, Value>>;

const NAMES = Object.keys(INPUTS) as InputName[];

function readValues(environment: NodeJS.ProcessEnv): Values {
  const values = NAMES.map((name) => {
    const { variable = '', default: fallback = '' }: Input = INPUTS[name];
    const given = read(environment, inputVariable(name));
    return [name, { name, text: given || read(environment, variable) || fallback, isFromInput: given !== '' }];
  });
  return Object.fromEntries(values);
}

/** Every key in the inputs and the environment, used or not. */
function readKeys(environment: NodeJS.ProcessEnv): Secret[] {
  return (['api_key', 'dd_api_key', 'dd_app_key'] as const)
    .flatMap((name) => {
      const { variable }: Input = INPUTS[name];
      const secrets = [{ name: `${name}`, value: read(environment, inputVariable(name)) }];
      return variable === undefined ? secrets : [...secrets, { name: variable, value: read(environment, variable) }];
    })
    .filter(({ value }) => value !== '');
}

function inputVariable(name: InputName): string {
  return `INPUT_${name.toUpperCase()}`;
}

function read(environment: NodeJS.ProcessEnv, variable: string): string {
  return environment[variable]?.trim() ?? '';
}

function check(values: Values): Inputs | Failure {
  // A reader that finds a problem adds it here and returns a placeholder that is never used.
  const problems: Problems = { texts: [], isKeyMissing: false };
  const site = readSite(values.site, problems);
  const accountId = readAccountId(values.account_id, problems);
  const region = readRegion(values.region, problems);
  const apiKey = readApiKey(values, problems);
  const verifyKey = readVerifyKey(values, apiKey, region, problems);
  const credentials = readCredentials(values, problems);
  const dryRun = readSwitch(values.dry_run, problems) ?? false;
  const timeout = readTimeout(values.timeout, problems);

  if (apiKey !== undefined && [credentials.apiKey, credentials.appKey].includes(apiKey)) {
    problems.texts.push('api_key is the same as one of the Datadog keys. It must be an Opsgenie API key.');
  }
  if (apiKey?.toLowerCase() === accountId) {
    problems.texts.push('api_key is the same as account_id. It must be an Opsgenie API key.');
  }
  const hints = problems.texts;
  if (problems.isKeyMissing) {
    return new Failure('keys-missing', 'A required key is missing.', { remedy: KEYS_MISSING_REMEDY, hints });
  }
  if (hints.length > 0) return new Failure('inputs', 'Some inputs are invalid.', { remedy: INPUTS_REMEDY, hints });

  const warnings: string[] = [];
  if (apiKey !== undefined && /^(?:[0-9a-f]{32}|dd(?:app|pat|sat)_.*)$/.test(apiKey)) {
    warnings.push(
      'api_key looks like a Datadog key. Opsgenie keys are usually UUIDs. Check which secret the step uses.',
    );
  }
  return { site, accountId, credentials, change: { apiKey, region }, verifyKey, dryRun, timeout, warnings };
}

interface Problems {
  readonly texts: string[];
  isKeyMissing: boolean;
}

function addMissingKey(problems: Problems, text: string): void {
  problems.texts.push(text);
  problems.isKeyMissing = true;
}

function readSite(value: Value, problems: Problems): string {
  const given = value.text;
  const site = parseSite(given);
  if (site === undefined) {
    problems.texts.push(`${named(value)}: ${quoted(given)} is not a Datadog site. Use ${list(KNOWN_SITES)}.`);
  }
  return site ?? DEFAULT_SITE;
}

function readAccountId(value: Value, problems: Problems): string {
  const given = value.text;
  if (given === '') {
    problems.texts.push('account_id is empty. It must be the UUID of the Opsgenie account in Datadog.');
  } else if (!UUID.test(given)) {
    problems.texts.push(`account_id: ${quoted(given)} is not a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3.`);
  }
  return given.toLowerCase();
}

function readRegion(value: Value, problems: Problems): Region | undefined {
  const given = value.text;
  const region = REGIONS.find((name) => name === given.toLowerCase());
  if (given !== '' && region === undefined) {
    problems.texts.push(`region: ${quoted(given)} is not ${list(REGIONS)}. Leave it empty to keep the current region.`);
  }
  return region;
}

/** The Opsgenie key, or undefined if only the region is to change. */
function readApiKey(values: Values, problems: Problems): string | undefined {
  const key = readKey(values.api_key, problems);
  const regionOnly = readSwitch(values.region_only, problems);
  if (regionOnly === false && key === undefined) {
    addMissingKey(
      problems,
      'api_key is empty: it was not passed, or the secret does not exist here. To change only the region, set region_only: true.',
    );
  } else if (regionOnly === true) {
    if (key !== undefined) problems.texts.push('region_only is true, but api_key is set as well. Remove one of them.');
    if (values.region.text === '')
      problems.texts.push('region_only is true, but region is empty. Set region to the new region.');
  }
  return key;
}

function readVerifyKey(values: Values, apiKey: string | undefined, region: Region | undefined, problems: Problems) {
  if (readSwitch(values.verify_key, problems) !== true) return undefined;
  const opsgenieRegion = OPSGENIE_REGIONS.find((name) => name === region);
  if (isTrue(values.region_only)) {
    problems.texts.push('verify_key is true, but region_only is true as well, so there is no key to verify.');
  } else if (opsgenieRegion === undefined && (region !== undefined || values.region.text === '')) {
    const given = region ?? 'empty';
    problems.texts.push(`verify_key is true, but region is ${given}. Set region to ${list(OPSGENIE_REGIONS)}.`);
  }
  return apiKey && opsgenieRegion ? { apiKey, region: opsgenieRegion } : undefined;
}

function readCredentials(values: Values, problems: Problems): Target['credentials'] {
  const apiKey = readKey(values.dd_api_key, problems);
  const appKey = readKey(values.dd_app_key, problems) ?? '';
  // https://docs.datadoghq.com/account_management/personal-access-tokens/
  const isAccessToken = /^dd[ps]at_/.test(appKey);
  if (apiKey === undefined && !isAccessToken) {
    addMissingKey(problems, `${named(values.dd_api_key)} is empty. It must be a Datadog API key.`);
  }
  if (appKey === '') {
    addMissingKey(
      problems,
      `${named(values.dd_app_key)} is empty. It must be a Datadog application key or access token.`,
    );
  }
  return { apiKey, appKey };
}

/** A key, undefined if it is empty. Its value never appears in a problem. */
function readKey(value: Value, problems: Problems): string | undefined {
  const key = value.text;
  if (key === '') return undefined;
  const problem = keyProblem(key);
  if (problem !== undefined) problems.texts.push(`${named(value)} ${problem}`);
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
function readSwitch(value: Value, problems: Problems): boolean | undefined {
  if (isTrue(value)) return true;
  if (/^false$/i.test(value.text)) return false;
  problems.texts.push(`${value.name}: ${quoted(value.text)} is neither true nor false.`);
  return undefined;
}

function isTrue({ text }: Value): boolean {
  return /^true$/i.test(text);
}

function readTimeout(value: Value, problems: Problems): number {
  const given = value.text;
  const timeout = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (timeout < 1 || timeout > MAX_TIMEOUT) {
    problems.texts.push(`timeout: ${quoted(given)} is not a whole number of seconds from 1 to ${MAX_TIMEOUT}.`);
  }
  return timeout;
}

/** An input's name in a problem, with its environment variable unless the input itself has a value. */
function named({ name, isFromInput }: Value): string {
  const { variable }: Input = INPUTS[name];
  return variable === undefined || isFromInput ? name : `${name} (or ${variable} in the environment)`;
}

/** Quotes a value. A long one is not cut but described: half a secret would not be recognized and redacted. */
function quoted(text: string): string {
  return text.length <= 100 ? JSON.stringify(text) : `a value of ${text.length} characters`;
}

function list(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}
