import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, gap, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const PAGE = '<!doctype html><html><head><title>Access denied</title></head><body><h1>No</h1></body></html>';

describe('Datadog rejects', () => {
  test('an account that does not exist', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toContain(UNKNOWN_ACCOUNT);
    expect(result.outputs).toMatchObject({ errors: '["Account not found"]', attempts: '1' });
  });

  test('a value that is not an Opsgenie key', async ({ datadog, run }) => {
    const result = await run({ api_key: 'not-an-opsgenie-key' });
    expectFailure(result, 'update-rejected', '422');
    expect(result.errors[0]?.message).toContain('/data/attributes/api_key');
    expect(datadog.requests).toHaveLength(1);
  });

  test('an application key without the permission, after one retry', async ({ datadog, run }) => {
    const result = await run({ dd_app_key: KEYS.withoutPermission });
    expectFailure(result, 'forbidden', '403');
    for (const cause of ['site', 'swapped', 'manage_integrations']) {
      expect(result.errors[0]?.message).toContain(cause);
    }
    expect(result.outputs).toMatchObject({ attempts: '2', errors: '["Forbidden"]' });
    expect(datadog.requests).toHaveLength(2);
  });
});

test('a new key that Datadog rejects at first is retried after three seconds', async ({ datadog, run }) => {
  datadog.script(respond(403, { errors: ['Forbidden'] }));
  const result = await run();
  expect(result.exitCode).toBe(0);
  expect(result.outputs.attempts).toBe('2');
  expect(gap(datadog.requests)).toBeGreaterThanOrEqual(3_000);
});

describe('answers', () => {
  const detailed = { errors: [{ title: 'Bad', detail: 'no region', source: { pointer: '/data/attributes/region' } }] };
  test.for<[FailureKind, number, unknown, string]>([
    ['update-rejected', 400, { errors: ['Bad Request'] }, 'Bad Request'],
    ['update-rejected', 400, detailed, 'Bad: no region (pointer /data/attributes/region)'],
    ['update-rejected', 400, { error: { message: 'no body' } }, 'no body'],
    ['update-rejected', 400, '', '400'],
    ['not-found', 404, 'page not found', 'page not found'],
    ['not-found', 404, PAGE, 'Access denied'],
    ['update-rejected', 422, detailed, 'no region'],
    ['update-rejected', 422, '{"errors": ["cut o', 'cut o'],
    ['unexpected-response', 300, '', '300 Multiple Choices. '],
    ['unexpected-response', 302, '', '302'],
    ['unexpected-response', 308, PAGE, '308 Permanent Redirect. '],
    ['unexpected-response', 409, { errors: ['Conflict'] }, 'Conflict'],
    ['unexpected-response', 451, PAGE, 'Access denied'],
    ['unexpected-response', 501, 'null', '501'],
    ['unexpected-response', 201, { data: resource(ACCOUNT, 'eu') }, '201'],
    ['unexpected-response', 202, '', '202'],
    ['unexpected-response', 204, '', '204'],
    ['unexpected-response', 299, '', '299'],
    ['unexpected-response', 599, '', 'returned 599. '],
    ['unexpected-response', 999, '', '999'],
  ])('are reported as %s: %s %j', async ([kind, status, body, part], { datadog, run }) => {
    datadog.script(respond(status, body));
    const result = await run();
    expectFailure(result, kind, `${status}`);
    expect(result.errors[0]?.message).toContain(part);
    expect(saysMayBeApplied(result)).toBe(status < 300 || status >= 500);
    expect(datadog.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('show the rate limit only for 429 and the redirect only for 3xx', async ({ datadog, run }) => {
    const headers = { 'X-RateLimit-Name': 'opsgenie_accounts', Location: '/elsewhere' };
    datadog.script(respond(422, '', headers), respond(429, '', { 'Retry-After': '999' }));
    expect((await run()).errors[0]?.message).not.toMatch(/opsgenie_accounts|redirect/);
    expect((await run()).errors[0]?.message).not.toContain('rate limit');
  });

  test.for([401, 403])('with status %i are retried once', async (status, { datadog, run }) => {
    datadog.script(respond(status, PAGE), respond(status, PAGE));
    const result = await run();
    expectFailure(result, status === 401 ? 'forbidden' : 'forbidden', `${status}`);
    expect(result.errors[0]?.message).toContain('Access denied');
    expect(datadog.requests).toHaveLength(2);
  });
});

describe('a 200 does not count as success with', () => {
  const data = resource(ACCOUNT, 'eu');
  test.for<[string, unknown, RegExp]>([
    ['an empty body', '', /the body is empty/],
    ['only white space', ' \r\n', /the body is empty/],
    ['a web page', PAGE, /the body is not valid JSON: a web page titled "Access denied"/],
    ['plain text', 'OK', /the body is not valid JSON: OK/],
    ['null', null, /the body is not an Opsgenie account/],
    ['an array', [{ data }], /the body is not an Opsgenie account/],
    ['an empty object', {}, /the body is not an Opsgenie account/],
    ['an error', { errors: ['Forbidden'] }, /the body contains errors.*^- Datadog said: Forbidden$/ms],
    ['a list of accounts', { data: [data] }, /the body is not an Opsgenie account/],
    [
      'errors next to the account',
      { data, errors: ['Not saved'] },
      /the body contains errors.*^- Datadog said: Not saved$/ms,
    ],
    [
      'an error object next to the account',
      { data, error: { message: 'Not saved' } },
      /the body contains errors.*^- Datadog said: Not saved$/ms,
    ],
    [
      'an error next to an empty list of errors',
      { data, errors: [], error: 'Not saved' },
      /the body contains errors.*^- Datadog said: Not saved$/ms,
    ],
    ['no id', { data: { ...data, id: undefined } }, /the body is not an Opsgenie account/],
    ['a number as the id', { data: { ...data, id: 596 } }, /the body is not an Opsgenie account/],
    ['another account', { data: { ...data, id: UNKNOWN_ACCOUNT } }, /for another account: 00000000-/],
    ['another type', { data: { ...data, type: 'opsgenie-service' } }, /the body is not an Opsgenie account/],
    ['no attributes', { data: { ...data, attributes: undefined } }, /the body is not an Opsgenie account/],
    ['another region', { data: resource(ACCOUNT, 'us') }, /the region is us instead of eu/],
    ['no region', { data: { ...data, attributes: {} } }, /the region is missing instead of eu/],
    ['the region in upper case', { data: resource(ACCOUNT, 'EU') }, /the region is not documented: 'EU'/],
    [
      'a list as the region',
      { data: { ...data, attributes: { region: ['eu'] } } },
      /the region is not documented: \[ 'eu' \]/,
    ],
  ])('%s', async ([, body, reason], { datadog, run }) => {
    datadog.script(respond(200, body));
    const result = await run();
    expectFailure(result, 'unexpected-response', '200');
    expect(result.errors[0]?.message).toMatch(reason);
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });

  test('an undocumented region, even if none was requested', async ({ datadog, run }) => {
    datadog.script(respond(200, { data: resource(ACCOUNT, 'mars') }));
    expectFailure(await run({ region: '' }), 'unexpected-response', '200');
  });
});

test('a 200 counts as success without a region if none was requested', async ({ datadog, run }) => {
  datadog.script(respond(200, { data: { ...resource(ACCOUNT, ''), attributes: {} } }));
  const result = await run({ region: '' });
  expect(result.exitCode).toBe(0);
  expect(result.outputs.region).toBe('');
});

describe("Datadog's error texts", () => {
  test('cannot forge a command, leak a key, or break the summary', async ({ datadog, run }) => {
    const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${KEYS.opsgenie.toUpperCase()}`;
    datadog.script(respond(422, { errors: [evil, { title: evil, detail: evil, source: { pointer: evil } }] }));
    const result = await run({}, { secrets: [] });
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<script>');
    expect(result.raw).not.toContain(KEYS.opsgenie.toUpperCase());
    expect(JSON.parse(result.outputs.errors ?? '')).toHaveLength(2);
  });

  test('are shown in full as long as they fit, then counted', async ({ datadog, run }) => {
    const errors = Array.from({ length: 200 }, (_, index) => `error ${index} ${'x'.repeat(90)}`);
    datadog.script(respond(422, { errors }));
    const result = await run();
    const message = result.errors[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toContain(errors[0]);
    expect(message).toContain('What to do: Compare account_id');
    const shown = errors.filter((error) => message.includes(error)).length;
    expect(shown).toBeGreaterThan(5);
    expect(message).toContain(`${errors.length - shown} more`);
    expect(JSON.parse(result.outputs.errors ?? '')).toEqual(errors);
  });

  test('are left out if they are invisible', async ({ datadog, run }) => {
    datadog.script(respond(422, { errors: ['\u200b', 'seen'] }));
    const result = await run();
    expect(result.outputs.errors).toBe('["seen"]');
    expect(result.errors[0]?.message).not.toMatch(/^- $/m);
  });

  test('are truncated if one alone is too long', async ({ datadog, run }) => {
    datadog.script(respond(422, { errors: ['x'.repeat(9000), 'y'] }));
    const message = (await run()).errors[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toContain('x'.repeat(500));
    expect(message).toContain('1 more');
    expect(message).toContain('What to do: Compare account_id');
  });
});

describe('redirects', () => {
  test.for([301, 302, 303, 307, 308])('are not followed: %s', async (status, { datadog, run }) => {
    datadog.script(respond(status, '', { Location: 'https://evil.example/collect' }));
    const result = await run();
    expectFailure(result, 'unexpected-response', `${status}`);
    expect(result.errors[0]?.message).toContain('evil.example');
    expect(datadog.tunnels).toEqual(['api.datadoghq.com:443']);
  });

  test('to an invalid URL are reported', async ({ datadog, run }) => {
    datadog.script(respond(302, '', { Location: 'https://[' }));
    expectFailure(await run(), 'unexpected-response', '302');
  });
});
