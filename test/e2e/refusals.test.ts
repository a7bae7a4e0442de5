import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { answer } from '../../simulation/scripts.ts';
import { FAILURES, type FailureKind } from '../../src/failure.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const PAGE = '<!doctype html><html><head><title>Access denied</title></head><body><h1>No</h1></body></html>';

describe("Datadog's refusals", () => {
  test('an account that does not exist', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toContain(UNKNOWN_ACCOUNT);
    expect(result.outputs).toMatchObject({ errors: '["Account not found"]', attempts: '1' });
  });

  test('a key that is none of Opsgenie', async ({ datadog, run }) => {
    const result = await run({ api_key: 'not-a-key-of-opsgenie' });
    expectFailure(result, 'invalid-values', '422');
    expect(result.errors[0]?.message).toContain('/data/attributes/api_key');
    expect(datadog.requests).toHaveLength(1);
  });

  test('an application key without the permission: one more attempt, then the causes', async ({ datadog, run }) => {
    const result = await run({ dd_app_key: KEYS.withoutPermission });
    expectFailure(result, 'forbidden', '403');
    for (const cause of ['site', 'swapped', 'manage_integrations']) {
      expect(result.errors[0]?.message).toContain(cause);
    }
    expect(result.outputs).toMatchObject({ attempts: '2', errors: '["Forbidden"]' });
    expect(datadog.requests).toHaveLength(2);
  });

  test('a key that Datadog learns of a moment later', async ({ datadog, run }) => {
    datadog.script(answer(403, { errors: ['Forbidden'] }));
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(result.outputs.attempts).toBe('2');
    const [first, second] = datadog.requests.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(2_000);
  });
});

describe('a status and its body', () => {
  const detailed = { errors: [{ title: 'Bad', detail: 'no region', source: { pointer: '/data/attributes/region' } }] };
  test.for<[FailureKind, number, unknown, string]>([
    ['bad-request', 400, { errors: ['Bad Request'] }, 'Bad Request'],
    ['bad-request', 400, detailed, 'Bad: no region (pointer /data/attributes/region)'],
    ['bad-request', 400, { error: { message: 'no body' } }, 'no body'],
    ['bad-request', 400, '', '400'],
    ['not-found', 404, 'page not found', 'page not found'],
    ['not-found', 404, PAGE, 'Access denied'],
    ['invalid-values', 422, detailed, 'no region'],
    ['invalid-values', 422, '{"errors": ["cut o', 'cut o'],
    ['redirected', 300, '', '300 Multiple Choices. '],
    ['redirected', 302, '', '302'],
    ['redirected', 308, PAGE, '308 Permanent Redirect. '],
    ['unexpected-status', 409, { errors: ['Conflict'] }, 'Conflict'],
    ['unexpected-status', 451, PAGE, 'Access denied'],
    ['unexpected-status', 501, 'null', '501'],
    ['unexpected-status', 201, { data: resource(ACCOUNT, 'eu') }, '201'],
    ['unexpected-status', 202, '', '202'],
    ['unexpected-status', 204, '', '204'],
    ['unexpected-status', 299, '', '299'],
    ['unexpected-status', 599, '', 'answered 599. '],
    ['unexpected-status', 999, '', '999'],
  ])('%s: %s %j', async ([kind, status, body, part], { datadog, run }) => {
    datadog.script(answer(status, body));
    const result = await run();
    expectFailure(result, kind, `${status}`);
    expect(result.errors[0]?.message).toContain(part);
    expect(saysMayBeApplied(result)).toBe(status < 300 || status >= 500);
    expect(datadog.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('a name of a rate limit and a location count only where they belong', async ({ datadog, run }) => {
    const headers = { 'X-RateLimit-Name': 'opsgenie_accounts', Location: '/elsewhere' };
    datadog.script(answer(422, '', headers), answer(429, '', { 'Retry-After': '999' }));
    expect((await run()).errors[0]?.message).not.toMatch(/opsgenie_accounts|redirect/);
    expect((await run()).errors[0]?.message).not.toContain('rate limit');
  });

  test.for([401, 403])('%s with a web page, twice', async (status, { datadog, run }) => {
    datadog.script(answer(status, PAGE), answer(status, PAGE));
    const result = await run();
    expectFailure(result, status === 401 ? 'unauthorized' : 'forbidden', `${status}`);
    expect(result.errors[0]?.message).toContain('Access denied');
    expect(datadog.requests).toHaveLength(2);
  });
});

describe('a 200 that proves nothing', () => {
  const data = resource(ACCOUNT, 'eu');
  test.for<[string, unknown, RegExp]>([
    ['nothing', '', /nothing/],
    ['white space', ' \r\n', /nothing/],
    ['a web page', PAGE, /not with JSON: a web page titled "Access denied"/],
    ['another text', 'OK', /not with JSON: OK/],
    ['null', null, /not with an Opsgenie account/],
    ['a list', [{ data }], /not with an Opsgenie account/],
    ['an empty object', {}, /not with an Opsgenie account/],
    ['an error', { errors: ['Forbidden'] }, /with errors.*^- Forbidden$/ms],
    ['a list of accounts', { data: [data] }, /not with an Opsgenie account/],
    ['errors beside the account', { data, errors: ['Not saved'] }, /with errors.*^- Not saved$/ms],
    ['one error beside the account', { data, error: { message: 'Not saved' } }, /with errors.*^- Not saved$/ms],
    ['an error beside no errors', { data, errors: [], error: 'Not saved' }, /with errors.*^- Not saved$/ms],
    ['no id', { data: { ...data, id: undefined } }, /not with an Opsgenie account/],
    ['an id of another type', { data: { ...data, id: 596 } }, /not with an Opsgenie account/],
    ['another account', { data: { ...data, id: UNKNOWN_ACCOUNT } }, /another account: 00000000-/],
    ['another type', { data: { ...data, type: 'opsgenie-service' } }, /not with an Opsgenie account/],
    ['no attributes', { data: { ...data, attributes: undefined } }, /not with an Opsgenie account/],
    ['another region', { data: resource(ACCOUNT, 'us') }, /region is us where eu was asked for/],
    ['no region', { data: { ...data, attributes: {} } }, /region is missing/],
    ['the region in capitals', { data: resource(ACCOUNT, 'EU') }, /not documented: 'EU'/],
    ['a region of another type', { data: { ...data, attributes: { region: ['eu'] } } }, /not documented: \[ 'eu' \]/],
  ])('%s', async ([, body, reason], { datadog, run }) => {
    datadog.script(answer(200, body));
    const result = await run();
    expectFailure(result, 'unconfirmed', '200');
    expect(result.errors[0]?.message).toMatch(reason);
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });

  test('a region nobody documented, where none was asked for', async ({ datadog, run }) => {
    datadog.script(answer(200, { data: resource(ACCOUNT, 'mars') }));
    expectFailure(await run({ region: '' }), 'unconfirmed', '200');
  });

  test('but no region at all is fine where none was asked for', async ({ datadog, run }) => {
    datadog.script(answer(200, { data: { ...resource(ACCOUNT, ''), attributes: {} } }));
    const result = await run({ region: '' });
    expect(result.exitCode).toBe(0);
    expect(result.outputs.region).toBe('');
  });
});

describe('text from outside', () => {
  test('cannot forge a command, leak a key or break the summary', async ({ datadog, run }) => {
    const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${KEYS.opsgenie.toUpperCase()}`;
    datadog.script(answer(422, { errors: [evil, { title: evil, detail: evil, source: { pointer: evil } }] }));
    const result = await run({}, { secrets: [] });
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<script>');
    expect(result.raw).not.toContain(KEYS.opsgenie.toUpperCase());
    expect(JSON.parse(result.outputs.errors ?? '')).toHaveLength(2);
  });

  test('is shown in full as far as an annotation goes, then counted', async ({ datadog, run }) => {
    const errors = Array.from({ length: 200 }, (_, index) => `error ${index} ${'x'.repeat(90)}`);
    datadog.script(answer(422, { errors }));
    const result = await run();
    const message = result.errors[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toContain(errors[0]);
    expect(message).toContain(FAILURES['invalid-values'].remedy);
    const shown = errors.filter((error) => message.includes(error)).length;
    expect(shown).toBeGreaterThan(25);
    expect(message).toContain(`${errors.length - shown} more`);
    expect(JSON.parse(result.outputs.errors ?? '')).toEqual(errors);
  });

  test('is left out where nothing of it can be seen', async ({ datadog, run }) => {
    datadog.script(answer(422, { errors: ['\u200b', 'seen'] }));
    const result = await run();
    expect(result.outputs.errors).toBe('["seen"]');
    expect(result.errors[0]?.message).not.toMatch(/^- $/m);
  });

  test('is cut where one error alone is too long', async ({ datadog, run }) => {
    datadog.script(answer(422, { errors: ['x'.repeat(9000), 'y'] }));
    const message = (await run()).errors[0]?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toContain('x'.repeat(2000));
    expect(message).toContain('1 more');
    expect(message).toContain(FAILURES['invalid-values'].remedy);
  });
});

describe('redirects', () => {
  test.for([301, 302, 303, 307, 308])('%s is not followed', async (status, { datadog, run }) => {
    datadog.script(answer(status, '', { Location: 'https://evil.example/collect' }));
    const result = await run();
    expectFailure(result, 'redirected', `${status}`);
    expect(result.errors[0]?.message).toContain('evil.example');
    expect(datadog.tunnels).toEqual(['api.datadoghq.com:443']);
  });

  test('to what is no URL', async ({ datadog, run }) => {
    datadog.script(answer(302, '', { Location: 'https://[' }));
    expectFailure(await run(), 'redirected', '302');
  });
});
