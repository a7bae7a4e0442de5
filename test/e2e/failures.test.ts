import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const PAGE = '<!doctype html><html><head><title>Access denied</title></head></html>';

describe('after a response other than 200, the annotation', () => {
  test.for<[FailureKind, number, unknown, string]>([
    ['update-rejected', 400, { errors: ['Bad Request'] }, 'Datadog said: Bad Request'],
    [
      'update-rejected',
      422,
      { errors: [{ title: 'Bad', detail: 'no region', source: { pointer: '/data' } }] },
      'Datadog said: Bad: no region (pointer /data)',
    ],
    ['not-found', 404, PAGE, 'a proxy or firewall on the way to Datadog sent this response'],
    ['unexpected-response', 201, { data: resource(ACCOUNT, 'eu') }, 'returned 201 Created.'],
    ['unexpected-response', 304, '', 'returned 304 Not Modified.'],
    ['unexpected-response', 407, '', 'comes from a proxy or a captive portal, not from Datadog'],
    ['unexpected-response', 409, { error: { message: 'Conflict' } }, 'Datadog said: Conflict'],
    ['unexpected-response', 511, PAGE, 'comes from a proxy or a captive portal, not from Datadog'],
  ])('describes the response: %s, %i %j', async ([kind, status, body, part], { datadog, run }) => {
    datadog.script(respond(status, body));
    const result = await run();
    expectFailure(result, kind, `${status}`);
    for (const text of [result.errors[0]?.message, result.summary.replaceAll('&#96;', '`')])
      expect(text).toContain(part);
    expect(saysMayBeApplied(result)).toBe(status < 300 || (status >= 500 && status !== 511));
    expect(datadog.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('shows the reason phrase of the server', async ({ datadog, run }) => {
    datadog.script(...always<Script>((_, response) => response.writeHead(403, 'Blocked by Acme ::Filter').end()));
    const result = await run();
    expectFailure(result, 'forbidden', '403');
    expect(result.errors[0]?.message).toContain('returned 403 Blocked by Acme : :Filter.');
  });
});

describe('a 200 does not count as success with', () => {
  test.for<[string, Script, RegExp]>([
    ['a web page', respond(200, PAGE), /the body is not valid JSON: a web page titled "Access denied"/],
    ['another region', respond(200, { data: resource(ACCOUNT, 'us') }), /the region is us instead of eu/],
    [
      'errors next to the account',
      respond(200, { data: resource(ACCOUNT, 'eu'), errors: ['Not saved'] }),
      /contains errors.*Datadog said: Not saved/s,
    ],
    [
      'more than 1 MiB',
      respond(200, { data: resource(ACCOUNT, 'eu'), meta: 'x'.repeat(2 ** 20) }),
      /larger than 1 MiB/,
    ],
    [
      'text behind the JSON',
      respond(200, `${JSON.stringify({ data: resource(ACCOUNT, 'eu') })}<html>`),
      /not valid JSON/,
    ],
    [
      'a compression that was not requested',
      respond(200, '\u001f\ufffd', { 'Content-Encoding': 'gzip' }),
      /the body is compressed \(gzip\)/,
    ],
  ])('%s', async ([, script, reason], { datadog, run }) => {
    datadog.script(script);
    const result = await run();
    expectFailure(result, 'unexpected-response', '200');
    expect(result.errors[0]?.message).toMatch(reason);
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });
});

describe('after 401 or 403, the annotation names the possible causes', () => {
  test('for keys', async ({ datadog, run }) => {
    const result = await run({ site: '', dd_app_key: KEYS.withoutPermission });
    expectFailure(result, 'forbidden', '403');
    for (const cause of [
      'swapped',
      '`manage_integrations`',
      '`site` was empty',
      'allowlist',
      'If a dry run with the same credentials passes',
    ]) {
      expect(result.errors[0]?.message).toContain(cause);
    }
    expect(result.outputs).toMatchObject({ attempts: '2', errors: '["Forbidden"]' });
    expect(datadog.requests).toHaveLength(2);
  });

  test('for an expired token in a dry run', async ({ run }) => {
    const inputs = { dry_run: 'true', dd_access_token: KEYS.expiredToken, dd_api_key: '', dd_app_key: '' };
    const result = await run(inputs);
    expectFailure(result, 'forbidden', '401');
    expect(result.errors[0]?.message).toMatch(/token in `dd_access_token` is wrong, expired or revoked/);
    expect(result.errors[0]?.message).toContain('`integrations_read`');
    expect(result.errors[0]?.message).not.toMatch(/swapped|manage_integrations|`site` was empty/);
  });
});

describe('an account that does not exist', () => {
  test('is not found, and the existing accounts are listed', async ({ datadog, run }) => {
    datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    for (const text of [result.errors[0]?.message, result.summary]) {
      for (const id of [ACCOUNT, OTHER_ACCOUNT]) expect(text).toContain(`Existing account: ${id}, region`);
    }
    expect(result.outputs).toMatchObject({ attempts: '1', errors: '["Account not found"]' });
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
  });

  test('is not found by a dry run either', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT, dry_run: 'true' });
    expectFailure(result, 'not-found', '200');
    expect(result.errors[0]?.message).toContain(`Existing account: ${ACCOUNT}, region us.`);
  });

  test('is not found, even if the accounts cannot be listed', async ({ datadog, run }) => {
    datadog.script(respond(404, { errors: ['x'.repeat(6_000)] }), (request) => request.socket.destroy());
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toContain('could not be listed: The connection to');
    expect(result.errors[0]?.message).not.toContain('listed above');
  });
});

test('a failed dry run never says that something may have changed', async ({ datadog, run }) => {
  datadog.script(respond(500, ''), respond(200, PAGE));
  const result = await run({ dry_run: 'true' });
  expectFailure(result, 'unexpected-response', '200');
  expect(result.outputs.updated).toBe('false');
  expect(result.errors[0]?.message).toContain('This was a dry run: nothing was changed.');
});
