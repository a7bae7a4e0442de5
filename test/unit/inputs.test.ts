import { describe, expect, test } from 'vitest';
import { metadata } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, STEP } from '../../simulation/scenario.ts';
import { Failure } from '../../src/failure.ts';
import { type Inputs, type ReadInputs, readInputs as read } from '../../src/inputs.ts';

/** Reads inputs as the runner passes them: an empty string for an input that is neither given nor has a default. */
function readInputs(
  inputs: { readonly [name: string]: string },
  env: { readonly [name: string]: string } = {},
): ReadInputs {
  const given = Object.entries(metadata.inputs).map(([name, { default: value = '' }]) => [
    `INPUT_${name.toUpperCase()}`,
    inputs[name] ?? value,
  ]);
  return read({ ...Object.fromEntries(given), ...env });
}

function check(inputs: { readonly [name: string]: string }, env?: { readonly [name: string]: string }): Inputs {
  const { checked } = readInputs(inputs, env);
  if (checked instanceof Failure) throw checked;
  return checked;
}

/** The problems that readInputs reports. */
function findProblems(
  inputs: { readonly [name: string]: string },
  env?: { readonly [name: string]: string },
): readonly string[] {
  const { checked } = readInputs(inputs, env);
  return checked instanceof Failure ? checked.hints : [];
}

describe('readInputs accepts', () => {
  test('all inputs', () => {
    expect(check({ ...STEP.with, site: 'app.datadoghq.eu', timeout: '60' })).toEqual({
      site: 'datadoghq.eu',
      accountId: ACCOUNT,
      credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
      change: { apiKey: KEYS.opsgenie, region: 'eu' },
      verifyKey: undefined,
      dryRun: false,
      timeout: 60,
      warnings: [],
    });
  });

  test('empty inputs, and uses the defaults', () => {
    expect(
      check({ ...STEP.with, site: ' ', region: '', region_only: '', verify_key: '', dry_run: '', timeout: '' }),
    ).toMatchObject({
      site: 'datadoghq.com',
      change: { apiKey: KEYS.opsgenie, region: undefined },
      verifyKey: undefined,
      dryRun: false,
      timeout: 300,
    });
  });

  test.each(['us', 'eu', 'custom', 'US', 'Eu', 'CUSTOM'])('region %s', (region) => {
    expect(check({ ...STEP.with, region }).change.region).toBe(region.toLowerCase());
  });

  test('account_id in upper case', () => {
    expect(check({ ...STEP.with, account_id: ACCOUNT.toUpperCase() }).accountId).toBe(ACCOUNT);
  });

  test.each(['1', '3600', '0060'])('timeout %s', (timeout) => {
    expect(check({ ...STEP.with, timeout }).timeout).toBe(Number(timeout));
  });

  test.each(['true', 'True', 'TRUE'])('region_only %s', (region_only) => {
    expect(check({ ...STEP.with, api_key: '', region_only }).change).toEqual({ apiKey: undefined, region: 'eu' });
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['False', false],
    ['', false],
  ])('dry_run "%s"', (dry_run, dryRun) => {
    expect(check({ ...STEP.with, dry_run }).dryRun).toBe(dryRun);
  });

  test.each([
    ['true', 'us'],
    ['TRUE', 'eu'],
    ['True', 'EU'],
  ])('verify_key %s with region %s', (verify_key, region) => {
    expect(check({ ...STEP.with, verify_key, region }).verifyKey).toEqual({
      apiKey: KEYS.opsgenie,
      region: region.toLowerCase(),
    });
  });

  test.each(['us', 'custom', ''])('verify_key false with region "%s"', (region) => {
    expect(check({ ...STEP.with, verify_key: 'false', region }).verifyKey).toBeUndefined();
  });

  test('verify_key in a dry run', () => {
    expect(check({ ...STEP.with, verify_key: 'true', dry_run: 'true' })).toMatchObject({
      verifyKey: { apiKey: KEYS.opsgenie, region: 'eu' },
      dryRun: true,
    });
  });

  test.each([KEYS.datadogApp, `ddapp_${KEYS.datadogApp}`, 'any-other-form_of.key'])('application key %s', (key) => {
    expect(check({ ...STEP.with, dd_app_key: key }).credentials.appKey).toBe(key);
  });

  test.each(['ddpat_abcdef', 'ddsat_abcdef'])('access token %s without an API key', (token) => {
    expect(check({ ...STEP.with, dd_api_key: '', dd_app_key: token }).credentials).toEqual({
      apiKey: undefined,
      appKey: token,
    });
  });

  test.each([
    '12345678',
    'x'.repeat(500),
    'abc\'def`ghi"jkl',
    'abcd$efgh',
    'abc<def>ghi',
    '<abcdefgh',
    'abcdefgh<i>',
    '<a>bcdefgh',
    '***abcdef',
    'abcdef***',
    'undefined-key',
    'key-for-null',
  ])('a key that only looks unusual: %s', (key) => {
    expect(check({ ...STEP.with, api_key: key }).change.apiKey).toBe(key);
  });

  test('environment variables in place of empty inputs, without the white space around them', () => {
    const env = { DD_SITE: ' us5.datadoghq.com', DD_API_KEY: ` ${KEYS.datadogApi}\r\n`, DD_APP_KEY: KEYS.datadogApp };
    expect(check({ ...STEP.with, dd_api_key: '', dd_app_key: '' }, env)).toMatchObject({
      site: 'us5.datadoghq.com',
      credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
    });
  });

  test('inputs rather than environment variables', () => {
    expect(
      check({ ...STEP.with, site: 'datadoghq.eu' }, { DD_SITE: 'acme.example', DD_API_KEY: 'x', DD_APP_KEY: 'x' }),
    ).toMatchObject({
      site: 'datadoghq.eu',
      credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
    });
  });
});

describe('readInputs names an invalid input, its value, and what is allowed', () => {
  test.each([
    ['site', 'acme.datadoghq.com', 'us5.datadoghq.com'],
    ['site', 'https://evil.example/', 'datadoghq.eu'],
    ['account_id', 'my-account', 'UUID'],
    ['account_id', `${ACCOUNT}/../../users`, 'UUID'],
    ['account_id', ACCOUNT.replaceAll('-', ''), 'UUID'],
    ['account_id', `x${ACCOUNT}`, 'UUID'],
    ['region', 'x'.repeat(100), 'us, eu'],
    ['region', 'mars', 'us, eu'],
    ['region_only', 'yes', 'true'],
    ['verify_key', '1', 'true'],
    ['verify_key', 'untrue', 'false'],
    ['verify_key', 'truest', 'false'],
    ['dry_run', 'yes', 'true'],
    ['dry_run', 'not true', 'false'],
    ['dry_run', 'not false', 'true'],
    ['dry_run', 'falsehood', 'true'],
    ['timeout', '0', '3600'],
    ['timeout', '3601', '3600'],
    ['timeout', '-5', '3600'],
    ['timeout', '1.5', '3600'],
    ['timeout', '0x10', '3600'],
    ['timeout', '1e2', '3600'],
    ['timeout', '30s', '3600'],
    ['timeout', '99999999999999999999', '3600'],
  ])('%s: %s', (input, value, allowed) => {
    const [problem, ...others] = findProblems({ ...STEP.with, [input]: value });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${input}\\b`));
    expect(problem).toContain(value);
    expect(problem).toContain(allowed);
    expect(problem).not.toMatch(/undefined|environment/);
  });

  test('an empty account_id', () => {
    expect(findProblems({ ...STEP.with, account_id: '' })).toEqual([expect.stringMatching(/^account_id is empty/)]);
  });

  test('an invalid site in the environment, with its variable', () => {
    expect(findProblems(STEP.with, { DD_SITE: 'acme.example' })).toEqual([
      expect.stringMatching(/^site \(or DD_SITE in the environment\): "acme\.example"/),
    ]);
  });

  test('a long value, with its length instead of the value', () => {
    const [problem = ''] = findProblems({ ...STEP.with, region: 'x'.repeat(5000) });
    expect(problem).toContain('a value of 5000 characters');
    expect(problem).not.toContain('xx');
  });
});

describe('readInputs names an invalid key without its value', () => {
  const invalid: { readonly [name: string]: readonly [change: (key: string) => string, problem: RegExp] } = {
    'in double quotes': [(key) => `"${key}"`, /quotation marks/],
    'in single quotes': [(key) => `'${key}'`, /quotation marks/],
    'with a quotation mark at its end': [(key) => `${key}"`, /quotation marks/],
    'on several lines': [(key) => `${key}\n${key}`, /lines/],
    'on lines that end with CR': [(key) => `${key}\r${key}`, /lines/],
    'with a space': [(key) => `${key.slice(0, 9)} ${key.slice(9)}`, /white space/],
    'with a control character': [(key) => `${key.slice(0, 9)}\u0001${key.slice(9)}`, /header/],
    'with an invisible character': [(key) => `${key.slice(0, 9)}\u200b${key.slice(9)}`, /header/],
    'with a letter outside ASCII': [(key) => `${key.slice(0, 9)}é${key.slice(9)}`, /header/],
    'that is too short': [(key) => key.slice(0, 7), /fewer than 8 characters/],
    'that is one character too long': [(key) => key.padEnd(501, 'x'), /more than 500 characters/],
    'as long as a file': [(key) => key.repeat(50_000), /more than 500 characters/],
  };
  describe.each(['api_key', 'dd_api_key', 'dd_app_key'])('%s', (input) => {
    test.each(Object.entries(invalid))('%s', (_, [change, expected]) => {
      const value = change(STEP.with[input] ?? '');
      const [problem, ...others] = findProblems({ ...STEP.with, [input]: value });
      expect(others).toEqual([]);
      expect(problem).toMatch(new RegExp(`^${input} `));
      expect(problem).toMatch(expected);
      expect(problem).not.toContain(value);
      expect(problem).not.toContain(value.slice(0, 7));
    });

    test.each(['$OPSGENIE_KEY', '<your-api-key>', '***********', 'undefined', 'null', 'NULL'])(
      'that is the placeholder %s',
      (value) => {
        expect(findProblems({ ...STEP.with, [input]: value })).toEqual([
          expect.stringMatching(new RegExp(`^${input} is a placeholder`)),
        ]);
      },
    );
  });
});

describe('readInputs reports missing keys', () => {
  /** The kind and the message of the failure. */
  function readFailure(inputs: { readonly [name: string]: string }): readonly string[] {
    const { checked } = readInputs(inputs);
    return checked instanceof Failure ? [checked.kind, checked.message] : [];
  }

  const MISSING = ['keys-missing', 'A required key is missing.'];
  const INVALID = ['inputs', 'Some inputs are invalid.'];

  test('api_key, and how to change only the region', () => {
    expect(findProblems({ ...STEP.with, api_key: '' })).toEqual([
      expect.stringMatching(/^api_key is empty.* region_only: true/),
    ]);
  });

  test('each Datadog key, with the environment variable that could hold it', () => {
    expect(findProblems({ ...STEP.with, dd_api_key: '', dd_app_key: ' ' })).toEqual([
      expect.stringMatching(/^dd_api_key \(or DD_API_KEY in the environment\) is empty/),
      expect.stringMatching(/^dd_app_key \(or DD_APP_KEY in the environment\) is empty/),
    ]);
  });

  test('dd_api_key, unless dd_app_key begins like an access token', () => {
    expect(findProblems({ ...STEP.with, dd_api_key: '', dd_app_key: 'x-ddpat_abcdef' })).toHaveLength(1);
  });

  test.each(['api_key', 'dd_api_key', 'dd_app_key'])('as a failure of their own kind: %s', (input) => {
    expect(readFailure({ ...STEP.with, [input]: '' })).toEqual(MISSING);
  });

  test('as that kind also if another input is invalid, and lists both', () => {
    const inputs = { ...STEP.with, dd_app_key: '', region: 'mars' };
    expect(readFailure(inputs)).toEqual(MISSING);
    expect(findProblems(inputs)).toHaveLength(2);
  });

  test.each([{ region: 'mars' }, { account_id: '' }, { api_key: 'short' }, { region_only: 'true' }])(
    'not for other problems: %j',
    (inputs) => {
      expect(readFailure({ ...STEP.with, ...inputs })).toEqual(INVALID);
    },
  );
});

describe('readInputs reports inputs that contradict each other', () => {
  test.each([
    ['api_key is the Datadog API key', { api_key: KEYS.datadogApi }, /^api_key .*Datadog keys/],
    ['api_key is the Datadog application key', { api_key: KEYS.datadogApp }, /^api_key .*Datadog keys/],
    ['api_key is the account id', { api_key: ACCOUNT.toUpperCase() }, /^api_key .*account_id/],
    ['region_only with a key', { region_only: 'true' }, /^region_only .*api_key/],
    [
      'region_only without a region',
      { region_only: 'true', api_key: '', region: '' },
      /^region_only .*region is empty/,
    ],
    [
      'verify_key with region_only',
      { verify_key: 'true', region_only: 'true', api_key: '' },
      /^verify_key .*region_only/,
    ],
    ['verify_key without a region', { verify_key: 'true', region: '' }, /^verify_key .*region is empty.* us or eu/],
    ['verify_key with region custom', { verify_key: 'true', region: 'custom' }, /^verify_key .*custom.* us or eu/],
  ])('%s', (_, inputs, problem) => {
    expect(findProblems({ ...STEP.with, ...inputs })).toEqual([expect.stringMatching(problem)]);
  });

  test('api_key is the Datadog API key in the environment', () => {
    const env = { DD_API_KEY: KEYS.datadogApi };
    expect(findProblems({ ...STEP.with, dd_api_key: '', api_key: KEYS.datadogApi }, env)).toHaveLength(1);
  });

  test.each([
    ['an invalid region', { region: 'mars' }, ['region']],
    ['a missing key', { api_key: '' }, ['api_key']],
    ['an invalid region_only', { region_only: 'maybe' }, ['region_only']],
  ])('but reports %s only once if verify_key is true', (_, inputs, expected) => {
    const found = findProblems({ ...STEP.with, verify_key: 'true', ...inputs });
    expect(found.map((problem) => /^\w+/.exec(problem)?.[0])).toEqual(expected);
  });
});

test('readInputs reports all problems at once, but none that follows from another one', () => {
  const found = findProblems({
    site: 'x',
    account_id: '',
    region: 'mars',
    region_only: 'perhaps',
    verify_key: 'maybe',
    dry_run: 'no',
    timeout: 'soon',
  });
  const inputs = [
    ...['site', 'account_id', 'region', 'region_only', 'verify_key'],
    ...['dd_api_key', 'dd_app_key', 'dry_run', 'timeout'],
  ];
  expect(found.map((problem) => /^\w+/.exec(problem)?.[0])).toEqual(inputs);
});

describe('readInputs warns about a key that looks like a Datadog key', () => {
  test.each([KEYS.datadogApi.replace('9', '8'), 'ddapp_0123456789', 'ddsat_0123456789', KEYS.accessToken])(
    '%s',
    (key) => {
      expect(check({ ...STEP.with, api_key: key }).warnings).toEqual([expect.stringMatching(/^api_key /)]);
    },
  );

  test.each([`${KEYS.datadogApi}0`, `0${KEYS.datadogApi}`, 'x-ddapp_0123456789', KEYS.opsgenie])(
    'but not about %s',
    (key) => {
      expect(check({ ...STEP.with, api_key: key }).warnings).toEqual([]);
    },
  );
});

describe('readSubject', () => {
  test('reads what the run is about', () => {
    expect(readInputs({ ...STEP.with, site: 'https://app.datadoghq.eu/', dry_run: 'TRUE' }).subject).toEqual({
      site: 'datadoghq.eu',
      accountId: ACCOUNT,
      region: 'eu',
      dryRun: true,
    });
  });

  test('returns invalid values as they are', () => {
    expect(readInputs({ site: 'x', account_id: 'y', region: 'z', dry_run: 'maybe' }).subject).toEqual({
      site: 'x',
      accountId: 'y',
      region: 'z',
      dryRun: false,
    });
  });

  test('uses the default site', () => {
    expect(readInputs({}).subject).toMatchObject({ site: 'datadoghq.com', accountId: '', region: '' });
  });
});

test('readInputs returns every key, used or not, and the credentials of a proxy', () => {
  const env = {
    DD_API_KEY: 'unused-api-key',
    DD_APP_KEY: 'unused-app-key',
    HTTPS_PROXY: 'http://user:password@proxy.corp.example:3128',
  };
  expect(readInputs(STEP.with, env).secrets).toEqual([
    { name: 'api_key', value: KEYS.opsgenie },
    { name: 'dd_api_key', value: KEYS.datadogApi },
    { name: 'DD_API_KEY', value: 'unused-api-key' },
    { name: 'dd_app_key', value: KEYS.datadogApp },
    { name: 'DD_APP_KEY', value: 'unused-app-key' },
    { name: 'HTTPS_PROXY', value: 'password' },
    { name: 'HTTPS_PROXY', value: Buffer.from('user:password').toString('base64') },
  ]);
});
