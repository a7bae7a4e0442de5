import { describe, expect, test } from 'vitest';
import { resource } from '../../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT } from '../../../simulation/scenario.ts';
import { confirmAccount, confirmUpdate, readAccounts, type Target } from '../../../src/datadog/accounts.ts';
import { Failure } from '../../../src/failure.ts';
import { response } from '../../support/responses.ts';

const TARGET: Target = {
  site: 'datadoghq.com',
  credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
  accountId: ACCOUNT,
  change: { apiKey: KEYS.opsgenie, region: 'eu' },
};

const data = resource(ACCOUNT, 'eu');

/** The failure that a function throws. */
function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    return Failure.from(error);
  }
  throw new Error('it did not fail');
}

describe('a 200 proves the update if it names this account and', () => {
  test.each([
    ['the requested region', TARGET.change, { data }, 'eu'],
    [
      'any documented region if none was requested',
      { ...TARGET.change, region: undefined },
      { data: resource(ACCOUNT, 'us') },
      'us',
    ],
    [
      'no region if none was requested',
      { ...TARGET.change, region: undefined },
      { data: { ...data, attributes: {} } },
      undefined,
    ],
    ['has an empty list of errors', TARGET.change, { data, errors: [] }, 'eu'],
    ['writes the id in upper case', TARGET.change, { data: { ...data, id: ACCOUNT.toUpperCase() } }, 'eu'],
  ] as const)('%s', (_, change, body, region) => {
    expect(confirmUpdate(response(200, body), { ...TARGET, change })).toMatchObject({ region });
  });
});

describe('a 200 does not prove the update with', () => {
  test.each<[string, unknown, string]>([
    ['an empty body', ' \r\n', 'the body is empty'],
    ['a web page', '<html><title>Sign in</title></html>', 'the body is not valid JSON: a web page titled "Sign in"'],
    ['plain text', 'OK', 'the body is not valid JSON: OK'],
    ['null', 'null', 'the body is not an Opsgenie account'],
    ['an array', [{ data }], 'the body is not an Opsgenie account'],
    ['a list of accounts', { data: [data] }, 'the body is not an Opsgenie account'],
    ['errors next to the account', { data, errors: ['Not saved'] }, 'the body contains errors'],
    ['an error object next to the account', { data, error: { message: 'Not saved' } }, 'the body contains errors'],
    ['no id', { data: { ...data, id: undefined } }, 'the body is not an Opsgenie account'],
    ['a number as the id', { data: { ...data, id: 596 } }, 'the body is not an Opsgenie account'],
    ['another account', { data: resource(OTHER_ACCOUNT, 'eu') }, `for another account: ${OTHER_ACCOUNT}`],
    ['another type', { data: { ...data, type: 'opsgenie-service' } }, 'the body is not an Opsgenie account'],
    ['no attributes', { data: { ...data, attributes: undefined } }, 'the body is not an Opsgenie account'],
    ['another region', { data: resource(ACCOUNT, 'us') }, 'the region is us instead of eu'],
    ['no region', { data: { ...data, attributes: {} } }, 'the region is missing instead of eu'],
    ['the region in upper case', { data: resource(ACCOUNT, 'EU') }, "the region is not documented: 'EU'"],
  ])('%s', (_, body, reason) => {
    expect(failureOf(() => confirmUpdate(response(200, body), TARGET))).toMatchObject({
      kind: 'unexpected-response',
      message: `api.datadoghq.com returned 200 OK, but ${reason}.`,
      mayBeApplied: true,
      retry: undefined,
    });
  });

  test('more than 1 MiB', () => {
    const tooLarge = { ...response(200, { data }), isComplete: false };
    expect(failureOf(() => confirmUpdate(tooLarge, TARGET)).kind).toBe('unexpected-response');
  });

  test('JSON that is cut off, which is tried again', () => {
    expect(failureOf(() => confirmUpdate(response(200, '{"data": {'), TARGET))).toMatchObject({
      kind: 'network',
      mayBeApplied: true,
      retry: { policy: 'backoff' },
    });
  });
});

describe('a list of accounts', () => {
  test('confirms the account that it holds', () => {
    const list = response(200, { data: [resource(OTHER_ACCOUNT, 'eu'), resource(ACCOUNT.toUpperCase(), 'us')] });
    expect(confirmAccount(list, TARGET)).toEqual({ id: ACCOUNT.toUpperCase(), region: 'us' });
  });

  test('without the account is a failure that names the accounts', () => {
    const failure = failureOf(() => confirmAccount(response(200, { data: [resource(OTHER_ACCOUNT, 'eu')] }), TARGET));
    expect(failure).toMatchObject({ kind: 'not-found', status: 200, mayBeApplied: false });
    expect(failure.hints).toEqual([expect.stringContaining(OTHER_ACCOUNT)]);
  });

  test.each<[string, unknown]>([
    ['one account', { data }],
    ['something else', { data: [{ type: 'opsgenie-service', id: ACCOUNT, attributes: {} }] }],
    ['nothing', {}],
  ])('must be a list of accounts, not %s', (_, body) => {
    const failure = failureOf(() => readAccounts(response(200, body), TARGET.site));
    expect(failure.message).toBe('api.datadoghq.com returned 200 OK, but the body is not a list of accounts.');
  });

  test('may be empty, or hold unknown entries next to accounts', () => {
    expect(readAccounts(response(200, { data: [] }), TARGET.site)).toEqual([]);
    expect(readAccounts(response(200, { data: [{}, data] }), TARGET.site)).toEqual([{ id: ACCOUNT, region: 'eu' }]);
  });
});
