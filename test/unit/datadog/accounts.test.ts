import { describe, expect, test } from 'vitest';
import { resource } from '../../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT } from '../../../simulation/scenario.ts';
import {
  confirmAccount,
  confirmUpdate,
  describeAccounts,
  readAccounts,
  type Target,
} from '../../../src/datadog/accounts.ts';
import { Failure } from '../../../src/failure.ts';
import type { Response } from '../../../src/http/request.ts';
import { ORGANIZATION, response } from '../../support/responses.ts';

const TARGET: Target = {
  ...ORGANIZATION,
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
    const failure = failureOf(() => confirmUpdate(response(200, body), TARGET));
    expect(failure).toMatchObject({
      kind: 'unexpected-response',
      message: `api.datadoghq.com returned 200 OK, but ${reason}.`,
      facts: { mayBeApplied: true },
    });
    // A login page is not JSON.
    expect(failure.facts.remedy.includes('login page')).toBe(/empty|not valid JSON/.test(reason));
  });

  test('more than 1 MiB', () => {
    const tooLarge = { ...response(200, { data }), isComplete: false };
    expect(failureOf(() => confirmUpdate(tooLarge, TARGET)).kind).toBe('unexpected-response');
  });

  test.each([
    ['text behind the JSON', `${JSON.stringify({ data })}<html>`],
    ['a compressed body', ''],
  ])('%s', (_, body) => {
    const headers: Response['headers'] = body === '' ? { 'content-encoding': 'br' } : {};
    const failure = failureOf(() => confirmUpdate(response(200, body, headers), TARGET));
    expect(failure).toMatchObject({ kind: 'unexpected-response', facts: { mayBeApplied: true } });
    expect(failure.message).toMatch(body === '' ? /compressed \(br\)/ : /not valid JSON/);
  });

  test('JSON that is cut off, which is retried', () => {
    expect(failureOf(() => confirmUpdate(response(200, '{"data": {'), TARGET))).toMatchObject({
      kind: 'network',
      facts: { mayBeApplied: true, retry: { policy: 'backoff' } },
    });
  });
});

describe('a list of accounts', () => {
  test('confirms the account that it holds', () => {
    const list = response(200, { data: [resource(OTHER_ACCOUNT, 'eu'), resource(ACCOUNT.toUpperCase(), 'us')] });
    expect(confirmAccount(list, TARGET)).toEqual({ id: ACCOUNT.toUpperCase(), region: 'us' });
  });

  test.each<[string, unknown]>([
    ['one account', { data }],
    ['something else', { data: [{ type: 'opsgenie-service', id: ACCOUNT, attributes: {} }] }],
    ['nothing', {}],
  ])('must be a list of accounts, not %s', (_, body) => {
    const failure = failureOf(() => readAccounts(response(200, body), ORGANIZATION));
    expect(failure.message).toBe('api.datadoghq.com returned 200 OK, but the body is not a list of accounts.');
  });

  test('may be empty, or hold unknown entries next to accounts', () => {
    expect(readAccounts(response(200, { data: [] }), TARGET)).toEqual([]);
    expect(readAccounts(response(200, { data: [{}, data] }), TARGET)).toEqual([{ id: ACCOUNT, region: 'eu' }]);
  });
});

describe('after a 404, or for an invalid account_id, the failure', () => {
  const accounts = [
    { id: OTHER_ACCOUNT, region: 'eu' },
    { id: ACCOUNT.replace('5', '6'), region: 7 },
  ];
  const unlisted = new Failure('forbidden', 'api.datadoghq.com returned 403 Forbidden.', {
    details: { label: 'Datadog said', texts: ['Forbidden'] },
    hints: ['Possible cause: …'],
    remedy: 'Correct it.',
  });
  const why = 'The existing accounts could not be listed: api.datadoghq.com returned 403 Forbidden.';
  test.each([
    [
      'lists the accounts',
      accounts,
      {
        accounts: [`Existing account: ${OTHER_ACCOUNT}, region eu.`, expect.stringMatching(/, region unknown\.$/)],
        remedy: expect.stringMatching(/listed above/),
      },
    ],
    [
      'says that there are none',
      [],
      {
        hints: ['This organization has no Opsgenie account on datadoghq.com.'],
        remedy: expect.stringMatching(/^Check `site`/),
      },
    ],
    [
      'says that the account is there',
      [{ id: ACCOUNT.toUpperCase(), region: 'eu' }],
      {
        hints: [expect.stringMatching(/lists this account, but returned 404/)],
        remedy: expect.stringMatching(/^Rerun/),
      },
    ],
    [
      'says why they cannot be listed',
      unlisted,
      {
        hints: [why, 'Datadog said: Forbidden', 'Listing the accounts needs the permission `integrations_read`.'],
        remedy: expect.stringMatching(/^Set `account_id`/),
      },
    ],
    [
      'says that api_key is an account',
      [...accounts, { id: KEYS.opsgenie.toUpperCase(), region: 'eu' }],
      {
        hints: ['`api_key` is the ID of an existing account.'],
        remedy: expect.stringMatching(/^If `account_id` holds the key/),
      },
    ],
  ])('%s', (_, listing, expected) => {
    const described = describeAccounts(listing, TARGET);
    expect(described).toMatchObject(expected);
    // The remedy refers to a list only if there is one.
    expect(described.remedy.includes('listed above')).toBe(described.accounts !== undefined);
  });

  test('adds to the hints that it already has', () => {
    expect(unlisted.with({ hints: ['Another.'] }).facts.hints).toEqual(['Possible cause: …', 'Another.']);
  });

  test('says what to do if they cannot be listed and there was no update, whose failure would explain it', () => {
    const hints = [why, 'Datadog said: Forbidden', 'Possible cause: …'];
    expect(describeAccounts(unlisted, ORGANIZATION)).toEqual({ hints, remedy: 'Correct it.' });
  });

  test('says which site was used if `site` was empty', () => {
    expect(describeAccounts([], { ...TARGET, isDefaultSite: true }).hints).toContain(
      '`site` was empty, so datadoghq.com (US1) was used.',
    );
  });
});
