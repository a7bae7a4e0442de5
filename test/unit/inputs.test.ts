import { beforeEach, describe, expect, test, vi } from 'vitest';
import { metadata } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, STEP } from '../../simulation/scenario.ts';
import { Failure } from '../../src/failure.ts';
import { readInputs } from '../../src/inputs.ts';

/** Sets the environment as the runner does: every declared input, empty where it is not given. */
function give(inputs: { readonly [name: string]: string }, env: { readonly [name: string]: string } = {}): void {
  for (const [name, { default: value = '' }] of Object.entries(metadata.inputs)) {
    vi.stubEnv(`INPUT_${name.toUpperCase()}`, inputs[name] ?? value);
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

/** What readInputs finds wrong, problem by problem. */
function problems(
  inputs: { readonly [name: string]: string },
  env?: { readonly [name: string]: string },
): readonly string[] {
  give(inputs, env);
  try {
    readInputs();
  } catch (error) {
    if (error instanceof Failure) return error.texts;
    throw error;
  }
  return [];
}

beforeEach(() => {
  for (const name of ['DD_SITE', 'DD_API_KEY', 'DD_APP_KEY']) vi.stubEnv(name, undefined);
});

describe('good inputs', () => {
  test('are read', () => {
    give({ ...STEP.with, site: 'app.datadoghq.eu', timeout: '60' });
    expect(readInputs()).toEqual({
      site: 'datadoghq.eu',
      accountId: ACCOUNT,
      credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
      change: { apiKey: KEYS.opsgenie, region: 'eu' },
      dryRun: false,
      timeout: 60,
      warnings: [],
    });
  });

  test('default to datadoghq.com and five minutes, also where a value is empty', () => {
    give({ ...STEP.with, site: ' ', timeout: '', region_only: '' });
    expect(readInputs()).toMatchObject({ site: 'datadoghq.com', timeout: 300 });
  });

  test.each(['us', 'eu', 'custom', 'US', 'Eu', 'CUSTOM'])('region %s', (region) => {
    give({ ...STEP.with, region });
    expect(readInputs().change.region).toBe(region.toLowerCase());
  });

  test.each(['1', '3600', '0060'])('timeout %s', (timeout) => {
    give({ ...STEP.with, timeout });
    expect(readInputs().timeout).toBe(Number(timeout));
  });

  test.each(['true', 'True', 'TRUE'])('region_only %s', (region_only) => {
    give({ ...STEP.with, api_key: '', region_only });
    expect(readInputs().change).toEqual({ apiKey: undefined, region: 'eu' });
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['False', false],
    ['', false],
  ])('dry_run %s', (dry_run, dryRun) => {
    give({ ...STEP.with, dry_run });
    expect(readInputs().dryRun).toBe(dryRun);
  });

  test.each([KEYS.datadogApp, `ddapp_${KEYS.datadogApp}`, 'any-other-form_of.key'])('application key %s', (key) => {
    give({ ...STEP.with, dd_app_key: key });
    expect(readInputs().credentials.appKey).toBe(key);
  });

  test.each([
    '12345678',
    'x'.repeat(500),
    'abc\'def`ghi"jkl',
    'abcd$efgh',
    'abc<def>ghi',
    '<abcdefgh',
    '***abcdef',
    'abcdef***',
  ])('a key that only looks unusual: %s', (key) => {
    give({ ...STEP.with, api_key: key });
    expect(readInputs().change.apiKey).toBe(key);
  });

  test('variables of the environment, without white space around them', () => {
    give({ ...STEP.with, dd_api_key: '' }, { DD_API_KEY: ` ${KEYS.datadogApi}\r\n` });
    expect(readInputs().credentials.apiKey).toBe(KEYS.datadogApi);
  });

  test.each(['ddpat_abcdef', 'ddsat_abcdef'])('access token %s without an API key', (token) => {
    give({ ...STEP.with, dd_api_key: '', dd_app_key: token });
    expect(readInputs().credentials).toEqual({ apiKey: undefined, appKey: token });
  });
});

describe('one wrong input is named, with its value and what is allowed', () => {
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
    ['dry_run', 'yes', 'true'],
    ['dry_run', 'not true', 'false'],
    ['timeout', '0', '3600'],
    ['timeout', '3601', '3600'],
    ['timeout', '-5', '3600'],
    ['timeout', '1.5', '3600'],
    ['timeout', '0x10', '3600'],
    ['timeout', '1e2', '3600'],
    ['timeout', '30s', '3600'],
    ['timeout', '99999999999999999999', '3600'],
  ])('%s: %s', (input, value, allowed) => {
    const [problem, ...others] = problems({ ...STEP.with, [input]: value });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${input}\\b`));
    expect(problem).toContain(value);
    expect(problem).toContain(allowed);
    expect(problem).not.toMatch(/undefined|environment/);
  });

  test('an empty account id is named as that', () => {
    expect(problems({ ...STEP.with, account_id: '' })).toEqual([expect.stringMatching(/^account_id is empty/)]);
  });

  test('a wrong site from the environment is named with its variable', () => {
    expect(problems(STEP.with, { DD_SITE: 'acme.example' })).toEqual([expect.stringMatching(/DD_SITE.*acme\.example/)]);
  });

  test('a long value does not fill the annotation', () => {
    const [problem = ''] = problems({ ...STEP.with, region: 'x'.repeat(5000) });
    expect(problem).toContain('5000');
    expect(problem.length).toBeLessThan(500);
  });
});

describe('a key that cannot be one is named, without its value', () => {
  const faults: { readonly [name: string]: readonly [(key: string) => string, RegExp] } = {
    'in double quotes': [(key) => `"${key}"`, /quotation marks/],
    'in single quotes': [(key) => `'${key}'`, /quotation marks/],
    'with a quote at its end': [(key) => `${key}"`, /quotation marks/],
    'over several lines': [(key) => `${key}\n${key}`, /lines/],
    'over lines ended by CR': [(key) => `${key}\r${key}`, /lines/],
    'with a space inside': [(key) => `${key.slice(0, 9)} ${key.slice(9)}`, /header/],
    'with a control character': [(key) => `${key.slice(0, 9)}\u0001${key.slice(9)}`, /header/],
    'with an invisible character': [(key) => `${key.slice(0, 9)}\u200b${key.slice(9)}`, /header/],
    'with a letter outside ASCII': [(key) => `${key.slice(0, 9)}é${key.slice(9)}`, /header/],
    'cut short': [(key) => key.slice(0, 7), /short/],
    'as long as a file': [(key) => key.repeat(50_000), /long/],
  };
  describe.each(['api_key', 'dd_api_key', 'dd_app_key'])('%s', (input) => {
    test.each(Object.entries(faults))('%s', (_, [spoil, named]) => {
      const value = spoil(STEP.with[input] ?? '');
      const [problem, ...others] = problems({ ...STEP.with, [input]: value });
      expect(others).toEqual([]);
      expect(problem).toMatch(new RegExp(`^${input} `));
      expect(problem).toMatch(named);
      expect(problem).not.toContain(value);
      expect(problem).not.toContain(value.slice(0, 7));
    });

    test.each(['$OPSGENIE_KEY', '<your-api-key>', '***********'])('placeholder %s', (value) => {
      expect(problems({ ...STEP.with, [input]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${input} .*placeholder`)),
      ]);
    });
  });
});

describe('keys that are missing', () => {
  test('api_key: the message says how to change only the region', () => {
    expect(problems({ ...STEP.with, api_key: '' })).toEqual([expect.stringMatching(/^api_key .*region_only: true/)]);
  });

  test('each Datadog key is named, with the variable that could hold it', () => {
    expect(problems({ ...STEP.with, dd_api_key: '', dd_app_key: ' ' })).toEqual([
      expect.stringMatching(/^dd_api_key .*DD_API_KEY/),
      expect.stringMatching(/^dd_app_key .*DD_APP_KEY/),
    ]);
  });

  test('dd_api_key: only the beginning makes an access token', () => {
    expect(problems({ ...STEP.with, dd_api_key: '', dd_app_key: 'x-ddpat_abcdef' })).toHaveLength(1);
  });

  test('are a failure of their own kind', () => {
    give({ ...STEP.with, dd_app_key: '', region: 'mars' });
    expect(readInputs).toThrow(expect.objectContaining({ kind: 'keys-missing' }));
    give({ ...STEP.with, region: 'mars' });
    expect(readInputs).toThrow(expect.objectContaining({ kind: 'inputs' }));
  });
});

describe('inputs that contradict each other', () => {
  test.each([
    ['api_key', 'the Datadog API key', { api_key: KEYS.datadogApi }],
    ['api_key', 'the Datadog application key', { api_key: KEYS.datadogApp }],
    ['api_key', 'the account id', { api_key: ACCOUNT.toUpperCase() }],
    ['region_only', 'true with a key', { region_only: 'true' }],
    ['region_only', 'true without a region', { region_only: 'true', api_key: '', region: '' }],
  ])('%s: %s', (input, _, inputs) => {
    expect(problems({ ...STEP.with, ...inputs })).toEqual([expect.stringMatching(new RegExp(`^${input} `))]);
  });

  test('an api_key equal to a Datadog key from the environment', () => {
    const env = { DD_API_KEY: KEYS.datadogApi };
    expect(problems({ ...STEP.with, dd_api_key: '', api_key: KEYS.datadogApi }, env)).toHaveLength(1);
  });
});

test('all problems are named at once, and nothing is asked for that follows from another problem', () => {
  const found = problems({ site: 'x', account_id: '', region: 'mars', region_only: 'perhaps', timeout: 'soon' });
  const inputs = ['site', 'account_id', 'region', 'region_only', 'dd_api_key', 'dd_app_key', 'timeout'];
  expect(found.map((problem) => /^\w+/.exec(problem)?.[0])).toEqual(inputs);
});

describe('a key that merely looks odd is a warning', () => {
  test.each([KEYS.datadogApi.replace('9', '8'), 'ddapp_0123456789', KEYS.accessToken])('%s', (key) => {
    give({ ...STEP.with, api_key: key });
    expect(readInputs().warnings).toEqual([expect.stringMatching(/^api_key /)]);
  });
});

test.each([`${KEYS.datadogApi}0`, `0${KEYS.datadogApi}`, 'x-ddapp_0123456789', KEYS.opsgenie])(
  'a key of another form is none: %s',
  (key) => {
    give({ ...STEP.with, api_key: key });
    expect(readInputs().warnings).toEqual([]);
  },
);
