import { describe, expect, test } from 'vitest';
import { metadata } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, STEP } from '../../simulation/scenario.ts';
import { Failure } from '../../src/failure.ts';
import { type Inputs, type ReadInputs, readInputs as read } from '../../src/inputs.ts';

type Texts = { readonly [name: string]: string };

/** Reads inputs as the runner passes them: with the defaults of those that are left out. */
function readInputs(inputs: Texts, env: Texts = {}): ReadInputs {
  const given = Object.entries(metadata.inputs).map(([name, { default: value = '' }]) => [
    `INPUT_${name.toUpperCase()}`,
    inputs[name] ?? value,
  ]);
  return read({ ...Object.fromEntries(given), ...env });
}

/** Reads the simulation's step with some inputs changed. They must be valid. */
function accepted(inputs: Texts, env?: Texts): Inputs {
  const { checked } = readInputs({ ...STEP.with, ...inputs }, env);
  if (checked instanceof Failure) throw new Error(`${checked.facts.hints}`);
  return checked;
}

/** The problems with the simulation's step if some inputs are changed. */
function problems(inputs: Texts, env?: Texts): readonly string[] {
  const { checked } = readInputs({ ...STEP.with, ...inputs }, env);
  return checked instanceof Failure ? (checked.facts.hints ?? []) : [];
}

const NO_KEYS = { dd_api_key: '', dd_app_key: '' };
const KEY_FORM = 'An Opsgenie key has the form of a UUID: 8-4-4-4-12 letters and digits, with dashes.';

test('all inputs are read', () => {
  const inputs = { site: 'us3.datadoghq.com', verify_key: 'true', dry_run: 'TRUE', timeout: '60' };
  expect(accepted(inputs)).toEqual({
    site: 'us3.datadoghq.com',
    isDefaultSite: false,
    credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp, sources: ['dd_api_key', 'dd_app_key'] },
    accountId: ACCOUNT,
    change: { apiKey: KEYS.opsgenie, region: 'eu' },
    verifyKey: { apiKey: KEYS.opsgenie, region: 'eu' },
  });
  expect(readInputs({ ...STEP.with, ...inputs })).toMatchObject({ subject: { dryRun: true }, timeout: 60 });
});

test('inputs that are left out have their defaults', () => {
  const { site, isDefaultSite, verifyKey } = accepted({ site: '' });
  expect([site, isDefaultSite, verifyKey]).toEqual(['datadoghq.com', true, undefined]);
  expect(readInputs(STEP.with)).toMatchObject({ subject: { dryRun: false }, timeout: 300 });
});

describe('white space and invisible characters around a value are removed', () => {
  test.each([' ', '\r\n', '\t', '\u00a0', '\ufeff', '\u200b', '\u2060\u200e', '\u0000\u001b'])('%j', (around) => {
    const inputs = Object.fromEntries(Object.entries(STEP.with).map(([name, text]) => [name, around + text + around]));
    const padded = {
      ...inputs,
      site: `${around}US3${around}`,
      dry_run: `${around}true${around}`,
      timeout: ` 60${around}`,
    };
    expect(accepted(padded)).toEqual(accepted({ site: 'US3', dry_run: 'true', timeout: '60' }));
  });
});

describe('an invisible or unexpected character inside a value is named', () => {
  test.each<[Texts, string]>([
    [{ account_id: ACCOUNT.replace('-', '\u2011') }, 'the character U+2011'],
    [{ account_id: ACCOUNT.replace('-', '-\u200b') }, 'the invisible character U+200B'],
    [{ account_id: `${ACCOUNT}\n${ACCOUNT}` }, 'a line break'],
    [{ region: 'e\u00adu' }, 'the invisible character U+00AD'],
    [{ site: 'dаtadoghq.com' }, 'the character U+0430'],
    [{ dry_run: 'tr\u200bue' }, 'the invisible character U+200B'],
    [{ api_key: KEYS.opsgenie.replace('-', '\u2013') }, 'the character U+2013'],
    [{ api_key: KEYS.opsgenie.replace('-', '-\u00a0') }, 'the invisible character U+00A0'],
    [{ dd_app_key: `${KEYS.datadogApp}\u{1f511}x` }, 'the character U+1F511'],
    [{ timeout: '6\u200b0' }, 'the invisible character U+200B'],
  ])('%j', (inputs, name) => {
    const [input] = Object.keys(inputs);
    expect(problems(inputs)).toEqual([
      expect.stringMatching(new RegExp(`^${input}\\b.*contains ${name.replace('+', '\\+')}`)),
    ]);
  });
});

describe('a switch', () => {
  test.each(['true', 'True', 'TRUE'])('can be %s', (dry_run) => {
    expect(readInputs({ ...STEP.with, dry_run }).subject.dryRun).toBe(true);
  });

  test.each(['dry_run', 'verify_key', 'region_only'])('that is present but empty is an error: %s', (name) => {
    for (const empty of ['', ' ', '\u200b']) {
      const [problem, ...others] = problems({ [name]: empty });
      expect(others).toEqual([]);
      expect(problem).toMatch(new RegExp(`^${name} is empty: its expression has no value for this event, or a name`));
      // Only for dry_run is it clear what `false` means.
      expect(problem?.includes('|| false')).toBe(name === 'dry_run');
      expect(problem).not.toMatch(/set .*(?:true|false)/i);
    }
  });

  test.each(['yes', '1', 'tru', '$X'])('that is neither true nor false is an error: %s', (dry_run) => {
    expect(problems({ dry_run })).toEqual([`dry_run: ${JSON.stringify(dry_run)} is neither true nor false.`]);
  });
});

describe('an invalid input is reported with its value and what is allowed', () => {
  test.each<[Texts, string | RegExp]>([
    [{ site: 'eu.datadoghq.com' }, /^site: "eu\.datadoghq\.com" is not a Datadog site\. Use datadoghq\.com, .*US3\.$/],
    [{ account_id: 'production' }, /^account_id: "production" is not a UUID such as /],
    [{ account_id: '' }, 'account_id is empty. It must be the UUID of the Opsgenie account in Datadog.'],
    [{ account_id: 'x'.repeat(101) }, /^account_id: a value of 101 characters is not a UUID/],
    [{ region: 'mars' }, 'region: "mars" is not us, eu, or custom. Leave it empty to keep the current region.'],
    [{ timeout: 'soon' }, 'timeout: "soon" is not a whole number of seconds from 1 to 3600.'],
    [{ timeout: '0' }, /^timeout: "0" is not/],
    [{ timeout: '3601' }, /^timeout: "3601" is not/],
    [{ timeout: '1.5' }, /^timeout: "1\.5" is not/],
  ])('%j', (inputs, problem) => {
    expect(problems(inputs)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test('in the environment, by its variable', () => {
    expect(problems({ site: '' }, { DD_SITE: 'example.com' })).toEqual([
      expect.stringMatching(/^DD_SITE: "example\.com" is not/),
    ]);
  });

  test('together with all the others', () => {
    const { checked } = readInputs({ ...STEP.with, site: 'x', account_id: 'y', region: 'z', api_key: '', timeout: '' });
    expect(checked).toMatchObject({ kind: 'keys-missing', message: 'A required key is empty.' });
    expect(checked instanceof Failure && checked.facts.hints).toHaveLength(4);
  });
});

describe('api_key is rejected, and described without showing it, if it is', () => {
  const K = KEYS.opsgenie;
  test.each<[string, RegExp]>([
    [`{"OPSGENIE_API_KEY":"${K}"}`, /looks like JSON/],
    [`{\n  "key": "${K}"\n}`, /looks like JSON/],
    [`["${K}"]`, /looks like JSON/],
    [`{'key': '${K}'}`, /looks like JSON/],
    ['secrets.OPSGENIE_API_KEY', /a reference that was not resolved/],
    [`\${{ secrets.OPSGENIE_API_KEY }}`, /a reference that was not resolved/],
    ['{{ op://Infra/Opsgenie/api_key }}', /a reference that was not resolved/],
    ['op://Infra/Opsgenie/api_key', /a reference that was not resolved/],
    ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:opsgenie-AbCdEf', /a reference that was not resolved/],
    ['$OPSGENIE_API_KEY', /a reference that was not resolved/],
    ['%OPSGENIE_API_KEY%', /a reference that was not resolved/],
    ['@Microsoft.KeyVault(SecretUri=x)', /a reference that was not resolved/],
    ['vault:secret/data/opsgenie#api_key', /a reference that was not resolved/],
    [`GenieKey ${K}`, /looks like an Authorization header/],
    [`Authorization: GenieKey ${K}`, /looks like an Authorization header/],
    [`OPSGENIE_API_KEY=${K}`, /looks like a name with a value/],
    [`api_key: ${K}`, /looks like a name with a value/],
    [`"${K}"`, /in quotation marks/],
    [`${K},`, /looks like several values/],
    [`${K} ${KEYS.opsgenieUs}`, /looks like several values/],
    [`${K}\n${KEYS.opsgenieUs}`, /looks like several values/],
    ['#{Opsgenie.ApiKey}', /a reference that was not resolved/],
    ['<path:secret/data/opsgenie#key>', /a reference that was not resolved/],
    ['opsgenie_api_key', /looks like the name of a variable or secret/],
    ['REPLACE-ME', /looks like a placeholder/],
    [`<${K}>`, /a key with something around it/],
    ['***', /looks like a placeholder/],
    ['<your-key>', /looks like a placeholder/],
    ['undefined', /looks like a placeholder/],
    [`(${K})`, /characters other than letters, digits and dashes/],
    [KEYS.datadogApi.replace('9', '8'), /looks like a Datadog API key \(32 hex digits\)/],
    [K.replaceAll('-', ''), /looks like a Datadog API key \(32 hex digits\)/],
    ['ddapp_0123456789', /looks like a Datadog application key/],
    ['ddpat_0123456789', /looks like a Datadog access token/],
    ['ddsat_0123456789', /looks like a Datadog access token/],
    [`pub${KEYS.datadogApi}`, /looks like a Datadog client token/],
    [ACCOUNT.toUpperCase(), /is the same as account_id/],
    [KEYS.datadogApi, /is the same as dd_api_key/],
    [KEYS.datadogApp, /is the same as dd_app_key/],
  ])('%s', (api_key, reason) => {
    for (const verify_key of ['true', 'false']) {
      const [problem, ...others] = problems({ api_key, verify_key });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^api_key /);
      expect(problem).toMatch(reason);
      if (api_key.length > 10) expect(problem).not.toContain(api_key);
    }
  });

  test('longer than a header can be', () => {
    expect(problems({ api_key: 'a'.repeat(9_000) })).toEqual(['api_key is too long: it has 9000 characters.']);
  });

  test('the same as a credential in the environment', () => {
    expect(problems({ api_key: OTHER_ACCOUNT }, { DD_ACCESS_TOKEN: OTHER_ACCOUNT })).toEqual([
      'api_key is the same as DD_ACCESS_TOKEN. It must be an Opsgenie API key.',
    ]);
  });
});

describe('an api_key that is not in the form of a UUID', () => {
  test.each(['not-an-opsgenie-key', `${KEYS.opsgenie}0`, '0'.repeat(40), 'k'])('is an error: %s', (api_key) => {
    expect(problems({ api_key })).toEqual([expect.stringContaining(KEY_FORM)]);
  });

  test('is left to Opsgenie with verify_key', () => {
    expect(accepted({ api_key: 'new-form-of-key', verify_key: 'true' }).change.apiKey).toBe('new-form-of-key');
  });

  test('is accepted with a warning for region custom', () => {
    expect(accepted({ api_key: 'new-form-of-key', region: 'custom' }).change.apiKey).toBe('new-form-of-key');
    expect(readInputs({ ...STEP.with, api_key: 'new-form-of-key', region: 'custom' }).warnings).toEqual([
      `api_key does not have the usual form. ${KEY_FORM}`,
    ]);
  });

  test('can contain letters other than hex digits', () => {
    const api_key = 'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz';
    expect(accepted({ api_key }).change.apiKey).toBe(api_key);
  });
});

describe('inputs that contradict each other are errors', () => {
  test.each<[Texts, RegExp]>([
    [{ region_only: 'true' }, /^region_only is true, but api_key is set as well/],
    [{ region_only: 'true', api_key: '', region: '' }, /^region_only is true, but region is empty/],
    [{ region_only: 'true', api_key: '', verify_key: 'true' }, /^verify_key is true, but region_only is true/],
    [{ verify_key: 'true', region: '' }, /^verify_key is true, but region is empty\. Set region to us or eu\.$/],
    [{ verify_key: 'true', region: 'custom' }, /^verify_key is true, but region is custom\./],
  ])('%j', (inputs, problem) => {
    expect(problems(inputs)).toEqual([expect.stringMatching(problem)]);
  });

  test('except that region_only needs no key', () => {
    expect(accepted({ region_only: 'true', api_key: '' }).change).toEqual({ apiKey: undefined, region: 'eu' });
  });
});

describe('the credentials are', () => {
  const token = (source: string) => ({ token: KEYS.accessToken, source });
  const ENV = { DD_API_KEY: KEYS.datadogApi, DD_APP_KEY: KEYS.datadogApp };
  const keys = (...sources: string[]) => ({ apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp, sources });
  test.each<[string, Texts, Texts, unknown]>([
    ['the token of the step', { ...NO_KEYS, dd_access_token: KEYS.accessToken }, ENV, token('dd_access_token')],
    ['the token rather than the keys of the step', { dd_access_token: KEYS.accessToken }, {}, token('dd_access_token')],
    [
      'the keys of the step rather than a token in the environment',
      {},
      { DD_ACCESS_TOKEN: KEYS.accessToken },
      keys('dd_api_key', 'dd_app_key'),
    ],
    [
      'one key of the step, and the other one from the environment',
      { dd_app_key: '' },
      { ...ENV, DD_BEARER_TOKEN: KEYS.accessToken },
      keys('dd_api_key', 'DD_APP_KEY'),
    ],
    [
      'DD_ACCESS_TOKEN first',
      NO_KEYS,
      { ...ENV, DD_ACCESS_TOKEN: KEYS.accessToken, DD_BEARER_TOKEN: 'other' },
      token('DD_ACCESS_TOKEN'),
    ],
    ['then DD_BEARER_TOKEN', NO_KEYS, { ...ENV, DD_BEARER_TOKEN: KEYS.accessToken }, token('DD_BEARER_TOKEN')],
    ['then the keys in the environment', NO_KEYS, ENV, keys('DD_API_KEY', 'DD_APP_KEY')],
    ['a token passed as dd_app_key', { dd_app_key: KEYS.accessToken }, {}, token('dd_app_key')],
    [
      'a token passed as dd_app_key without an API key',
      { ...NO_KEYS, dd_app_key: KEYS.accessToken },
      {},
      token('dd_app_key'),
    ],
    ['a token in DD_APP_KEY', NO_KEYS, { DD_APP_KEY: KEYS.accessToken }, token('DD_APP_KEY')],
  ])('%s', (_, inputs, env, credentials) => {
    expect(accepted(inputs, env).credentials).toEqual(credentials);
  });

  test('a token of any form and 4,096 characters', () => {
    const dd_access_token = `eyJ${'a-_~+/.9'.repeat(511)}==`;
    expect(accepted({ ...NO_KEYS, dd_access_token }).credentials).toMatchObject({ token: dd_access_token });
  });

  test('a token, with a warning if keys are passed as well', () => {
    const warnings = (inputs: Texts) =>
      readInputs({ ...STEP.with, dd_access_token: KEYS.accessToken, ...inputs }).warnings;
    expect(warnings({})).toEqual([expect.stringMatching(/^dd_access_token is used/)]);
    expect(warnings(NO_KEYS)).toEqual([]);
  });
});

describe('a Datadog credential is an error if it is', () => {
  const token = (dd_access_token: string): Texts => ({ ...NO_KEYS, dd_access_token });
  test.each<[string, Texts, RegExp]>([
    ['missing: the API key', { dd_api_key: '' }, /^dd_api_key \(or DD_API_KEY in the environment\) is empty/],
    ['missing: the application key', { dd_app_key: '' }, /^dd_app_key \(or DD_APP_KEY in the environment\) is empty/],
    ['the ID of an application key', { dd_app_key: OTHER_ACCOUNT }, /^dd_app_key looks like a key's ID/],
    ['the ID of an API key', { dd_api_key: OTHER_ACCOUNT }, /^dd_api_key looks like a key's ID/],
    ['a client token', { dd_app_key: `pub${KEYS.datadogApi}` }, /^dd_app_key looks like a Datadog client token/],
    ['the same key twice', { dd_app_key: KEYS.datadogApi }, /^dd_app_key is the same as dd_api_key/],
    ['a ddapp_ key as API key', { dd_api_key: 'ddapp_0123' }, /^dd_api_key looks like a Datadog application key/],
    ['a token twice', { dd_api_key: 'x', dd_access_token: 'x' }, /^dd_access_token is the same as dd_api_key/],
    [
      'a token as API key, in any letter case',
      { dd_api_key: KEYS.accessToken.toUpperCase() },
      /^dd_api_key looks like a Datadog access token/,
    ],
    ['an API key as token', token(KEYS.datadogApi), /^dd_access_token looks like a Datadog API key/],
    ['the ID of a token', token(OTHER_ACCOUNT), /^dd_access_token looks like a key's ID/],
    ['a key longer than any', { dd_app_key: 'k'.repeat(4_097) }, /^dd_app_key is too long: it has 4097 characters\.$/],
    ['JSON', { dd_app_key: '{"key":"x"}' }, /^dd_app_key looks like JSON/],
    ['a reference', { dd_api_key: 'op://Infra/Datadog/key' }, /^dd_api_key looks like a URL, or a reference/],
    [
      'a header',
      { ...NO_KEYS, dd_access_token: `Bearer ${KEYS.accessToken}` },
      /^dd_access_token looks like an Authorization header/,
    ],
  ])('%s', (_, inputs, problem) => {
    expect(problems(inputs)).toEqual([expect.stringMatching(problem)]);
  });

  test('missing, and the error offers a token instead', () => {
    expect(problems(NO_KEYS)).toEqual([
      expect.stringContaining('dd_access_token'),
      expect.stringMatching(/^dd_app_key/),
    ]);
  });

  test('from the environment, by its variable', () => {
    const env = { DD_API_KEY: KEYS.datadogApi, DD_APP_KEY: `"${KEYS.datadogApp}"` };
    expect(problems(NO_KEYS, env)).toEqual([expect.stringMatching(/^DD_APP_KEY looks like a key in quotation marks/)]);
  });
});

describe('for an invalid account_id, the accounts can be looked up', () => {
  test.each<[Texts, boolean]>([
    [{ account_id: '' }, true],
    [{ account_id: 'mine' }, true],
    [{ account_id: '', api_key: '', region: 'mars' }, true],
    [{}, false],
    [{ region: 'mars' }, false],
    [{ account_id: '', site: 'x' }, false],
    [{ account_id: '', dd_app_key: '' }, false],
  ])('%j: %s', (inputs, isPossible) => {
    expect(readInputs({ ...STEP.with, ...inputs }).lookup !== undefined).toBe(isPossible);
  });
});

test('every key is a secret, used or not, and so are the credentials of a proxy', () => {
  const env = {
    DD_ACCESS_TOKEN: 'unused-token',
    DD_APP_KEY: 'unused-key',
    HTTPS_PROXY: 'http://user:password@proxy:3128',
  };
  const { keys, secrets } = readInputs({ ...STEP.with, account_id: '' }, env);
  expect(keys.map(({ source }) => source)).toEqual([
    ...['api_key', 'DD_ACCESS_TOKEN', 'dd_api_key', 'dd_app_key', 'DD_APP_KEY'],
  ]);
  expect(secrets).toEqual([...keys.map(({ text }) => text), 'password', expect.stringMatching(/^[\w=]+$/)]);
});

test('the subject says what the inputs ask for, even if they are invalid', () => {
  const subject = (inputs: Texts) => readInputs(inputs).subject;
  expect(subject({ ...STEP.with, site: 'https://app.datadoghq.eu/', dry_run: 'TRUE' })).toEqual({
    ...{ site: 'datadoghq.eu', accountId: ACCOUNT, region: 'eu', dryRun: true },
  });
  expect(subject({ site: 'x', account_id: 'Y', region: 'z', dry_run: 'maybe' })).toEqual({
    ...{ site: 'x', accountId: 'Y', region: 'z', dryRun: false },
  });
});
