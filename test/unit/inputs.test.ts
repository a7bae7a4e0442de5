import { expect, test } from 'vitest';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, STEP } from '../../simulation/scenario.ts';
import { KNOWN_SITES } from '../../src/datadog/sites.ts';
import { Failure } from '../../src/failure.ts';
import { INPUTS, type Inputs, type ReadInputs, readInputs } from '../../src/inputs.ts';

type Texts = { readonly [name: string]: string };

const { site: _site, ...WITHOUT_SITE } = STEP.with;

/** Reads the simulation's step, without its site, with some inputs changed. Names in capitals are environment variables. */
function read(texts: Texts): ReadInputs {
  const variable = (name: string): string => (/[a-z]/.test(name) ? `INPUT_${name.toUpperCase()}` : name);
  const entries = Object.entries({ ...WITHOUT_SITE, ...texts }).map(([name, text]) => [variable(name), text]);
  return readInputs(Object.fromEntries(entries));
}

/** Returns the inputs if they are valid, else the problems with them. */
function outcome(texts: Texts): object {
  const { checked, subject, timeout } = read(texts);
  return checked instanceof Failure ? (checked.facts.details ?? []) : { ...checked, subject, timeout };
}

const { opsgenie: KEY, datadogApi: API_KEY, datadogApp: APP_KEY, accessToken: TOKEN } = KEYS;
const NO_KEYS = { dd_api_key: '', dd_app_key: '' };
const USE_TOKEN = { ...NO_KEYS, dd_access_token: TOKEN };
const VARIABLES = { DD_API_KEY: API_KEY, DD_APP_KEY: APP_KEY };
const LONG = 'Ab_9-'.repeat(1_000).slice(0, 4_096);

test('reads a step without optional inputs, which have their defaults', () => {
  expect(outcome({})).toMatchObject({
    ...{ site: 'datadoghq.com', accountId: ACCOUNT, apiKey: KEY, region: 'eu', keyToVerify: undefined },
    ...{ credentials: { apiKey: API_KEY, appKey: APP_KEY }, dryRun: false, timeout: 300 },
  });
});

const change = (apiKey: string | undefined, region?: string) => ({ apiKey, region });
const verify = (region: string) => ({ keyToVerify: { apiKey: KEY, region } });
const keys = (apiKey: string, appKey: string) => ({ credentials: { apiKey, appKey } });

test.each<[string, Texts, object?]>([
  ['a site by its name', { site: 'us3' }, { site: 'us3.datadoghq.com' }],
  ['DD_SITE if site is empty', { site: ' ', DD_SITE: ' AP1\n' }, { site: 'ap1.datadoghq.com' }],
  ['DD_SITE if site is omitted', { DD_SITE: 'ap1.datadoghq.com' }, { site: 'ap1.datadoghq.com' }],
  ['site in place of DD_SITE', { site: 'US5', DD_SITE: 'nonsense' }, { site: 'us5.datadoghq.com' }],
  ['an account ID in capitals', { account_id: ACCOUNT.toUpperCase() }, { accountId: ACCOUNT }],
  ['a region in capitals', { region: 'US' }, change(KEY, 'us')],
  ['an empty region', { region: '' }, change(KEY)],
  ['a key in capitals', { api_key: KEY.toUpperCase() }, change(KEY.toUpperCase(), 'eu')],
  ['a key of any letters', { api_key: 'zzzzzzzz-ZZZZ-zzzz-0000-zzzzzzzzzzzz', region: '' }],
  ['a UUID as key for the custom region', { region: 'custom' }, change(KEY, 'custom')],
  ['a key of 16 characters for the custom region', { api_key: 'k_-4567890123456', region: 'Custom' }],
  ['a key of 4,096 characters for the custom region', { api_key: LONG, region: 'CUSTOM' }, change(LONG, 'custom')],
  ['a new region without a key', { region_only: 'True', api_key: '' }, change(undefined, 'eu')],
  ['a key to verify in region us', { verify_key: 'TRUE', region: 'Us' }, verify('us')],
  ['a key to verify in region eu', { verify_key: 'true' }, verify('eu')],
  ['switches that are off', { region_only: 'False', verify_key: 'FALSE', dry_run: 'false' }, change(KEY, 'eu')],
  ['a dry run', { dry_run: 'True' }, { dryRun: true }],
  ['Datadog keys of 16 characters', { dd_api_key: 'A-_4567890123456', dd_app_key: '--------ABCDefgh' }],
  ['Datadog keys of 4,096 characters', { dd_api_key: LONG, dd_app_key: LONG.replace('A', 'B') }],
  ['an application key that begins with ddapp_', { dd_app_key: 'ddapp_0123456789' }, keys(API_KEY, 'ddapp_0123456789')],
  ['keys in the variables', { ...NO_KEYS, ...VARIABLES }, keys(API_KEY, APP_KEY)],
  ['one key in a variable', { ...VARIABLES, dd_app_key: '', DD_API_KEY: '?' }, keys(API_KEY, APP_KEY)],
  ['a token in place of the variables', { ...VARIABLES, ...USE_TOKEN }, { credentials: { token: TOKEN } }],
  ['a token with all allowed characters', { ...NO_KEYS, dd_access_token: 'azAZ09_-.~+/====' }],
  ['a token of 4,096 characters', { ...NO_KEYS, dd_access_token: 'a-_~+/.='.repeat(512) }],
  ['a time limit of one second', { timeout: '1' }, { timeout: 1 }],
  ['a time limit of an hour', { timeout: '3600' }, { timeout: 3_600 }],
  ['an empty time limit, which is the default', { timeout: '' }, { timeout: 300 }],
])('accepts %s', (_, texts, expected = {}) => {
  const inputs = outcome(texts);
  expect(inputs).not.toBeInstanceOf(Array);
  expect(inputs).toMatchObject(expected);
});

const ALL = { ...STEP.with, site: 'US3', region_only: 'false', verify_key: 'true', dry_run: 'true', timeout: '60' };

test.each([' ', '\r\n', '\t\u00a0', '\ufeff'])('ignores white space around values: %j', (space) => {
  const padded = Object.entries(ALL).map(([name, text]) => [name, space + text + space]);
  expect(outcome(Object.fromEntries(padded))).toEqual(outcome(ALL));
});

const ALL_SITES = new RegExp(KNOWN_SITES.map((site) => `(?=.* ${site.replaceAll('.', '\\.')} )`).join(''));
const KEY_ID = OTHER_ACCOUNT.toUpperCase();
const CAPITALS = ACCOUNT.toUpperCase();
const CUSTOM = { region: 'custom' };
const ONLY = { region_only: 'true', api_key: '' };
const CUSTOM_KEY = /^(?!.*\b(?:us|eu)\b).*cannot be verified.*remove verify_key/i;

test.each<[string, Texts, RegExp]>([
  ['an unknown site', { site: 'eu1.datadoghq.com' }, /^site: "eu1\.datadoghq\.com" is not/],
  ['an unknown site and lists all sites', { site: 'eu1.datadoghq.com' }, ALL_SITES],
  ['a subdomain in DD_SITE', { DD_SITE: 'acme.datadoghq.com' }, /^DD_SITE: "acme\.datadoghq\.com" is not/],
  ['an empty account ID', { account_id: '' }, /^account_id is empty/],
  ['a name as account ID', { account_id: 'prod' }, /^account_id: "prod" is not a UUID\..* empty to get a list/],
  ['a long account ID without showing it', { account_id: 'x'.repeat(101) }, /^account_id: .{9,15} 101 characters /],
  ['an unknown region', { region: 'Mars' }, /^region: "Mars" is not .*us, eu, custom/],
  ['an empty region_only', { region_only: '' }, /^region_only is empty/],
  ['an empty dry_run', { dry_run: '\n' }, /^dry_run is empty/],
  ['a region_only of another word', { region_only: 'yes' }, /^region_only: "yes" is neither true nor false/],
  ['a dry_run of another word', { dry_run: 'tru' }, /^dry_run: "tru" is neither true nor false/],
  ['an empty key', { api_key: '' }, /^api_key is empty/],
  ['a key that is too short', { api_key: 'k'.repeat(15) }, /^api_key is too short: .* 16 /],
  ['a key that is too long', { api_key: `${LONG}1`, ...CUSTOM }, /^api_key is too long: .* 4096 /],
  ['an Atlassian token as key', { api_key: 'ATATT3xFfGF0aBcDeFgHiJkL=5D3C0A1B' }, /^api_key contains =,/],
  ['JSON as key', { api_key: `{"key":"${KEY}"}`, ...CUSTOM }, /^api_key contains \{,/],
  ['a header as key', { api_key: `GenieKey ${KEY}` }, /^api_key contains a space,/],
  ['a key of another form', { api_key: 'not-an-opsgenie-key' }, /^api_key .* form .*\(8-4-4-4-12 .*\)\.$/],
  ['a key without its dashes', { api_key: KEY.replaceAll('-', '') }, /^api_key does not have the form/],
  ['a key of another form without a region', { api_key: LONG, region: '' }, /^api_key does .*set region: custom/],
  ['the account ID as key', { api_key: CAPITALS, account_id: CAPITALS }, /^api_key is the same as account_id/],
  ['an application key as key', { api_key: APP_KEY, ...CUSTOM }, /^api_key is the same as dd_app_key/],
  ['a Datadog API key as key', { api_key: API_KEY, ...CUSTOM }, /^api_key is the same as dd_api_key/],
  ['a token as key', { ...USE_TOKEN, api_key: TOKEN, ...CUSTOM }, /^api_key is the same as dd_access_token/],
  ['region_only with a key', { ...ONLY, api_key: KEY }, /^region_only .*api_key is set/],
  ['region_only without a region', { ...ONLY, region: '' }, /^region_only .*region is empty/],
  ['region_only with verify_key', { ...ONLY, verify_key: 'true' }, /^region_only .*remove verify_key/i],
  ['verify_key without a region', { verify_key: 'true', region: '' }, /^verify_key .*us or eu.* also set in Datadog/],
  ['verify_key for the custom region', { verify_key: 'true', region: 'Custom' }, CUSTOM_KEY],
  ['verify_key for an unknown region', { verify_key: 'true', region: 'x' }, /^region: "x"/],
  ['a missing API key', { dd_api_key: '' }, /^dd_api_key is empty.*dd_app_key.* dd_access_token/],
  ['a missing application key', { dd_app_key: '' }, /^dd_app_key is empty.*dd_api_key.* dd_access_token/],
  ["an API key's ID", { dd_api_key: KEY_ID }, /^dd_api_key .*key's ID/],
  ["an application key's ID", { dd_app_key: OTHER_ACCOUNT }, /^dd_app_key .*key's ID/],
  ['the same Datadog key twice', { dd_app_key: API_KEY }, /^dd_app_key is the same as dd_api_key/],
  ['the same key in a variable', { dd_app_key: '', DD_APP_KEY: API_KEY }, /^DD_APP_KEY is the same as dd_api_key/],
  ['a token as API key', { dd_api_key: TOKEN.toUpperCase() }, /^dd_api_key .*access token.* dd_access_token/],
  ["a service account's token as application key", { dd_app_key: KEYS.serviceToken }, /^dd_app_key .* dd_access_token/],
  ['an application key as API key', { dd_api_key: 'DDAPP_0123' }, /^dd_api_key .*application key.* dd_app_key/],
  ['an API key that is too short', { dd_api_key: 'k'.repeat(15) }, /^dd_api_key is too short/],
  ['an application key that is too long', { dd_app_key: `${LONG}1` }, /^dd_app_key is too long/],
  ['an API key of dashes and underscores', { dd_api_key: '-_'.repeat(20) }, /^dd_api_key .*eight letters/],
  ['an API key with seven letters and digits', { dd_api_key: '---------abc4567' }, /^dd_api_key .*eight letters/],
  ['a token with an API key', { dd_app_key: '', dd_access_token: TOKEN }, /^dd_access_token and dd_api_key /],
  ['a token with an application key', { dd_api_key: '', dd_access_token: TOKEN }, /^dd_access_token and dd_app_key /],
  ['a token that is too short', { ...NO_KEYS, dd_access_token: 't'.repeat(15) }, /^dd_access_token is too short/],
  ['a token that is too long', { ...NO_KEYS, dd_access_token: `${LONG}1` }, /^dd_access_token is too long/],
  ['a header as token', { ...NO_KEYS, dd_access_token: `Bearer ${TOKEN}` }, /^dd_access_token contains a space,/],
])('rejects %s', (_, texts, problem) => {
  expect(outcome(texts)).toEqual([expect.stringMatching(problem)]);
  const secrets = Object.entries(texts).filter(([name, text]) => /_(?:key|token)$/i.test(name) && text.length >= 10);
  for (const [, secret] of secrets) expect(`${outcome(texts)}`).not.toContain(secret);
});

test.each(['soon', '0', '3601', '1.5', '-1', '1e3', '60s', '12345'])('rejects the time limit %s', (timeout) => {
  expect(outcome({ timeout })).toEqual([expect.stringMatching(/^timeout: ".*" is not a whole number .* 1 to 3600/)]);
  expect(read({ timeout }).timeout).toBe(300);
});

const WRONG = { site: 'x', account_id: 'y', region: 'z', region_only: '', verify_key: 'x', dry_run: '1', timeout: '0' };

test('lists everything that is wrong', () => {
  const texts = { ...WRONG, ...NO_KEYS, api_key: '?', dd_access_token: '!', 'dry-run': 'true' };
  const names = Object.keys(texts).filter((name) => !(name in NO_KEYS));
  expect(outcome(texts)).toHaveLength(names.length);
  for (const name of names) expect(outcome(texts)).toContainEqual(expect.stringMatching(`^${name}(?: is|:) `));
  expect(outcome({ dd_access_token: `${TOKEN}!` })).toHaveLength(3);
  expect(outcome({ region_only: 'true', region: '', verify_key: 'true' })).toHaveLength(4);
});

test.each<[string, string, Texts, number]>([
  ['keys-missing', 'api_key is empty', { api_key: '' }, 1],
  ['keys-missing', 'a Datadog key is empty', { dd_app_key: ' ' }, 1],
  ['keys-missing', 'both Datadog keys are empty', NO_KEYS, 2],
  ['keys-missing', 'a key is empty and other inputs are invalid', { ...WRONG, api_key: '' }, 8],
  ['keys-missing', 'a key has a misspelled name', { api_key: '', 'api-key': KEY }, 2],
  ['inputs', 'a key and other inputs are invalid', { ...WRONG, api_key: '?' }, 8],
  ['inputs', 'region_only has no region', { ...ONLY, region: '' }, 1],
  ['inputs', 'only the time limit is invalid', { ...NO_KEYS, ...VARIABLES, timeout: '0' }, 1],
  ['inputs', 'the token is invalid', { ...NO_KEYS, dd_access_token: '!' }, 1],
])('the kind of failure is %s if %s', (kind, _, texts, count) => {
  expect(read(texts).checked).toMatchObject({ kind, facts: { details: { length: count } } });
});

test.each([
  ['INPUT_DRY-RUN', 'dry-run', 'dry_run'],
  ['INPUT_DRYRUN', 'dryrun', 'dry_run'],
  ['INPUT_DDAPIKEY', 'ddapikey', 'dd_api_key'],
  ['INPUT_TIME_OUT', 'time_out', 'timeout'],
])('rejects the misspelled input in %s', (variable, misspelled, name) => {
  const problems = [`${misspelled} is not an input. Write ${name}.`];
  expect(['true', ''].map((text) => outcome({ [variable]: text }))).toEqual([problems, problems]);
});

test.each(['INPUT_TOKEN', 'INPUT_DRY_RUNS', 'INPUT_', 'DRY-RUN', 'INPUTDRYRUN', 'DD_ACCESS_TOKEN'])(
  'ignores %s',
  (variable) => {
    expect(read({ [variable]: KEYS.serviceToken })).toEqual(read({}));
  },
);

test('treats all values passed as keys as secrets, used or not, from 16 characters on', () => {
  const json = `{\n  "key": "${APP_KEY}"\n}`;
  const passed = { api_key: 'too short, but …', dd_access_token: TOKEN, dd_api_key: 'k'.repeat(16), dd_app_key: json };
  const misspelled = { 'INPUT_API-KEY': KEY, INPUT_DDACCESSTOKEN: KEYS.serviceToken, 'INPUT_DRY-RUN': KEYS.before };
  const { keys } = read({ ...WRONG, ...VARIABLES, ...passed, ...misspelled, DD_API_KEY: ` ${'k'.repeat(15)}\n` });
  expect(Object.fromEntries(keys.map(({ source, text }) => [source, text]))).toEqual({
    ...{ ...passed, DD_APP_KEY: APP_KEY, 'api-key': KEY, ddaccesstoken: KEYS.serviceToken },
  });
});

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const OPSGENIE_KEY = /^[\da-z]{8}(?:-[\da-z]{4}){3}-[\da-z]{12}$/i;

function isValid({ site, accountId, apiKey = '', region, credentials }: Inputs): boolean {
  const form = 'token' in credentials ? /^[\w.~+/=-]{16,}$/ : /^[\w-]{16,}$/;
  const areKeysValid = OPSGENIE_KEY.test(apiKey) && Object.values(credentials).every((key) => form.test(key));
  return KNOWN_SITES.includes(site) && UUID.test(accountId) && region === 'eu' && areKeysValid;
}

/** Changes, adds, and removes each character of a value. */
function mutations(text: string): string[] {
  const characters = [...' \n=-gA9\u200b\u017f🔑', ''];
  const replace = (start: number, end: number) => characters.map((c) => text.slice(0, start) + c + text.slice(end));
  return Array.from(`${text} `, (_, start) => [...replace(start, start), ...replace(start, start + 1)]).flat();
}

/** Checks that the only problem is this input's, names a character that people might not see, and does not show a key. */
function isNoticed(details: readonly string[], name: string, text: string): boolean {
  const code = /[^ -~]/u.exec(text.trim())?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const problem = new RegExp(`^${name}\\b.*${code === undefined ? '' : `contains U\\+${code}`}`);
  const isShown = /^(?:api|dd)_/.test(name) && details.join().includes(text.trim());
  return details.length === 1 && problem.test(details.join()) && !isShown;
}

test.each(Object.entries({ ...ALL, dd_access_token: TOKEN }))('notices a wrong character in %s', (name, value) => {
  const unnoticed = mutations(value).filter((text) => {
    const { checked, timeout } = read({ ...ALL, ...(name === 'dd_access_token' ? NO_KEYS : {}), [name]: text });
    const isRight = checked instanceof Failure ? isNoticed(checked.facts.details ?? [], name, text) : isValid(checked);
    return !isRight || !Number.isInteger(timeout) || timeout < 1 || timeout > 3_600;
  });
  expect(unnoticed).toEqual([]);
});

test('reads long values in linear time', () => {
  for (const part of ['\n', ' ', 'app.', '-', 'a', '%']) {
    const text = `a${part.repeat(120_000)}b`;
    const start = performance.now();
    read(Object.fromEntries([...Object.keys(INPUTS), 'DD_APP_KEY'].map((name) => [name, text])));
    read({ site: '', DD_SITE: text });
    // This takes a few milliseconds. In quadratic time, it took 17 seconds.
    expect(performance.now() - start).toBeLessThan(5_000);
  }
});

test.each<[string, Texts, object?]>([
  ['can list the accounts if the account ID is empty', { account_id: '' }, keys(API_KEY, APP_KEY)],
  ['can list the accounts beside other problems', { ...WRONG, account_id: ' ', site: 'US1' }, keys(API_KEY, APP_KEY)],
  ['can list the accounts with a token', { ...USE_TOKEN, account_id: '' }, { credentials: { token: TOKEN } }],
  ['lists no accounts if there is an account ID', {}],
  ['lists no accounts for a wrong account ID', { account_id: 'mine' }],
  ['lists no accounts of an unknown site', { account_id: '', site: 'x' }],
  ['lists no accounts with a wrong key', { account_id: '', dd_app_key: '' }],
])('%s', (_, texts, expected) => {
  const { lookup } = read(texts);
  if (expected === undefined) expect(lookup).toBeUndefined();
  else expect(lookup).toMatchObject(expected);
});

test('names what the step asks for, even if it is wrong', () => {
  const asked = { site: 'https://app.datadoghq.eu/', account_id: ACCOUNT.toUpperCase(), region: 'EU' };
  expect(read(asked).subject).toEqual({ site: 'datadoghq.eu', accountId: ACCOUNT, region: 'eu' });
  expect(read(WRONG).subject).toEqual({ site: 'x', accountId: 'y', region: 'z' });
});
