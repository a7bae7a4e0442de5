import { expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { attemptsOf, errorOf, expectFailure } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { HINT, PAGE } from '../support/responses.ts';

test("Datadog's own error is shown, and proves that the update changed nothing", async ({ datadog, run }) => {
  datadog.script(respond(422, { errors: [{ title: 'Bad', source: { pointer: '/data' } }] }));
  const result = await run();
  expectFailure(result, 'update-rejected', { status: '422' });
  for (const text of [errorOf(result), result.summary])
    expect(text).toContain('Error from Datadog: Bad (pointer /data)');
  expect(errorOf(result)).not.toContain(HINT);
  expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH']);
});

test('an update without the permission is forbidden after one retry', async ({ datadog, run }) => {
  const result = await run({ dd_app_key: KEYS.withoutPermission });
  expectFailure(result, 'forbidden', { status: '403' });
  expect(errorOf(result)).toContain('Error from Datadog: Forbidden');
  expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
});

test.for<[string, number, unknown, string]>([
  ['the account, but status 201', 201, { data: resource(ACCOUNT, 'eu') }, '201 Created'],
  ['the account in another region', 200, { data: resource(ACCOUNT, 'us') }, 'the region is us (expected eu).'],
  ['a web page with status 200', 200, PAGE, HINT],
  ['a web page with status 404', 404, PAGE, HINT],
])('the update may have been applied if the response is %s', async (row, { datadog, run }) => {
  const [, status, body, reason] = row;
  datadog.script((request, response) => {
    datadog.organization.accounts.set(ACCOUNT, { region: 'eu', apiKey: KEYS.opsgenie });
    respond(status, body)(request, response);
  });
  const result = await run();
  expectFailure(result, 'unexpected-response', { updated: 'unknown', status: `${status}` });
  expect(errorOf(result)).toContain(reason);
  expect(errorOf(result)).not.toContain('Error from Datadog');
  expect(datadog.requests).toHaveLength(1);
});

test('an account that does not exist is not found, and the existing ones are listed', async ({ datadog, run }) => {
  datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
  const result = await run({ account_id: UNKNOWN_ACCOUNT });
  expectFailure(result, 'not-found', { status: '404' });
  for (const text of [errorOf(result), result.summary]) {
    for (const id of [ACCOUNT, OTHER_ACCOUNT]) expect(text).toContain(`Existing account: ${id}, region`);
  }
  expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
});

test('an update that may have been applied is not forgotten in a later attempt', async ({ datadog, run }) => {
  datadog.script(respond(500, ''), respond(429, { errors: ['slow down'] }, { 'X-RateLimit-Reset': '900' }));
  const result = await run();
  expectFailure(result, 'rate-limited', { updated: 'unknown', status: '429' });
  expect(attemptsOf(result)).toBe(2);
});
