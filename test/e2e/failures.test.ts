import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { attemptsOf, errorOf, expectFailure } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const PAGE = '<!doctype html><html><head><title>Blocked</title></head><body>Ask your administrator</body></html>';
const HINT = 'This response may come from a proxy or firewall.';

describe("an error in Datadog's own format", () => {
  test.for<[FailureKind, number, unknown, string]>([
    ['update-rejected', 400, { errors: ['Bad Request'] }, 'Bad Request'],
    ['update-rejected', 422, { errors: [{ title: 'Bad', source: { pointer: '/data' } }] }, 'Bad (pointer /data)'],
    ['unexpected-response', 409, { error: { message: 'Conflict' } }, 'Conflict'],
  ])('is shown, and proves that nothing changed: %s, %i', async ([kind, status, body, words], { datadog, run }) => {
    datadog.script(respond(status, body));
    const result = await run();
    expectFailure(result, kind, { status: `${status}` });
    for (const text of [errorOf(result), result.summary]) expect(text).toContain(`Error from Datadog: ${words}`);
    expect(errorOf(result)).not.toContain(HINT);
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH']);
  });

  test('is forbidden after one retry, and no dry run is suggested', async ({ datadog, run }) => {
    const result = await run({ dd_app_key: KEYS.withoutPermission });
    expectFailure(result, 'forbidden', { status: '403' });
    expect(errorOf(result)).toContain('Error from Datadog: Forbidden');
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
  });

  test('is forbidden for an organization of another site', async ({ run }) => {
    const result = await run({ site: 'US5', dry_run: 'true' });
    expectFailure(result, 'forbidden', { status: '403' });
    expect(errorOf(result)).toContain('api.us5.datadoghq.com returned 403 Forbidden.');
  });
});

describe('any other response may be from a proxy, in place of that to a successful update', () => {
  test.for<[number, unknown]>([
    [201, { data: resource(ACCOUNT, 'eu') }],
    [302, ''],
    [404, PAGE],
    [451, { message: 'Unavailable For Legal Reasons' }],
    [511, PAGE],
  ])('%i', async ([status, body], { datadog, run }) => {
    datadog.script((_, response) => {
      datadog.organization.accounts.set(ACCOUNT, { region: 'eu', apiKey: KEYS.opsgenie });
      respond(status, body)(_, response);
    });
    const result = await run();
    expectFailure(result, 'unexpected-response', { updated: 'unknown', status: `${status}` });
    expect(errorOf(result)).toContain(HINT);
    expect(errorOf(result)).not.toContain('Error from Datadog');
    if (body === PAGE) expect(errorOf(result)).toMatch(/Response body: Blocked\s+Ask your administrator\n/);
    expect(datadog.requests).toHaveLength(1);
  });

  test('a page with 403 is retried once', async ({ datadog, run }) => {
    datadog.script(...always<Script>((_, response) => response.writeHead(403, 'Blocked by Acme ::Filter').end(PAGE)));
    const result = await run();
    expectFailure(result, 'unexpected-response', { updated: 'unknown', status: '403' });
    expect(errorOf(result)).toContain('returned 403 Blocked by Acme : :Filter. 2 attempts were made.');
    expect(datadog.requests).toHaveLength(2);
  });
});

describe('a 200 does not count as success with', () => {
  test.for<[string, Script, RegExp]>([
    ['a web page', respond(200, PAGE), /no Opsgenie account could be read.*Response body: Blocked/s],
    ['another region', respond(200, { data: resource(ACCOUNT, 'us') }), /the region is us \(expected eu\)\.\n/],
  ])('%s', async ([, script, reason], { datadog, run }) => {
    datadog.script(script);
    const result = await run();
    expectFailure(result, 'unexpected-response', { updated: 'unknown', status: '200' });
    expect(errorOf(result)).toMatch(reason);
    expect(datadog.requests).toHaveLength(1);
  });
});

describe('an account that does not exist', () => {
  test('is not found, and the existing accounts are listed', async ({ datadog, run }) => {
    datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', { status: '404' });
    for (const text of [errorOf(result), result.summary]) {
      for (const id of [ACCOUNT, OTHER_ACCOUNT]) expect(text).toContain(`Existing account: ${id}, region`);
    }
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
  });

  test('is not found by a dry run either', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT, dry_run: 'true' });
    expectFailure(result, 'not-found', { status: '200' });
    expect(errorOf(result)).toContain(`Existing account: ${ACCOUNT}, region us.`);
  });

  test('is not found, even if the accounts cannot be listed', async ({ datadog, run }) => {
    datadog.script(respond(404, { errors: ['x'.repeat(6_000)] }), (request) => request.socket.destroy());
    const result = await run();
    expectFailure(result, 'not-found', { status: '404' });
    expect(errorOf(result)).toContain('could not be listed: No complete response');
  });
});

test('an update that may have been applied is not forgotten in a later attempt', async ({ datadog, run }) => {
  datadog.script(respond(500, ''), respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '900' }));
  const result = await run();
  expectFailure(result, 'rate-limited', { updated: 'unknown', status: '429' });
  expect(attemptsOf(result)).toBe(2);
});
