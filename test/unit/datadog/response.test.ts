import { describe, expect, test } from 'vitest';
import { KEYS } from '../../../simulation/scenario.ts';
import type { Organization } from '../../../src/datadog/organization.ts';
import { failureFromResponse, readErrors as read } from '../../../src/datadog/response.ts';
import { ORGANIZATION, response } from '../../support/responses.ts';

function readErrors(body: string): readonly string[] {
  return read(response(200, body))?.texts ?? [];
}

const source = { pointer: '/data/attributes/region', parameter: 'limit', header: 'Authorization' };

describe('readErrors', () => {
  test.each<[string, unknown, string[]]>([
    ['error texts', { errors: ['Bad Request', 'Try again'] }, ['Bad Request', 'Try again']],
    ['one error text instead of a list', { errors: 'Forbidden' }, ['Forbidden']],
    ['a title and a detail', { errors: [{ title: 'Bad', detail: 'no region', status: '400' }] }, ['Bad: no region']],
    ['a detail without a title', { errors: [{ detail: 'no region', meta: {} }] }, ['no region']],
    ['a title without a detail', { errors: [{ title: 'Bad', code: '42', id: 'x' }] }, ['Bad']],
    ['a message', { errors: [{ message: 'no region' }] }, ['no region']],
    [
      'every kind of source',
      { errors: [{ detail: 'wrong', source }] },
      ['wrong (pointer /data/attributes/region, parameter limit, header Authorization)'],
    ],
    ['an empty source', { errors: [{ detail: 'wrong', source: {} }] }, ['wrong']],
    ['a source of another type', { errors: [{ detail: 'wrong', source: 'body' }] }, ['wrong']],
    ['texts and objects together', { errors: ['one', { title: 'two' }] }, ['one', 'two']],
    ['a single error object', { error: { title: 'Bad', detail: 'no region' } }, ['Bad: no region']],
    ['a single error text', { error: 'Forbidden' }, ['Forbidden']],
    ['an object that is itself an error', { title: 'Bad', detail: 'no region' }, ['Bad: no region']],
    ['a list of texts as the body', ['one', 'two'], ['one', 'two']],
    ['a text as the body', 'Forbidden', ['Forbidden']],
    ['an empty title', { errors: [{ title: ' ', detail: 'no region' }] }, ['no region']],
    ['a list with empty texts', { errors: ['', '  ', 'one'] }, ['one']],
    ['an empty list', { errors: [] }, []],
    ['an empty object', {}, []],
    ['the error next to an empty list', { errors: [], error: 'Forbidden' }, ['Forbidden']],
    ['the error next to null', { errors: null, error: 'Forbidden' }, ['Forbidden']],
  ])('reads %s', (_, body, texts) => {
    expect(readErrors(JSON.stringify(body))).toEqual(texts);
  });

  test.each<[string, unknown, string]>([
    ['an unknown object', { reason: 'quota' }, 'quota'],
    ['an unknown error object', { errors: [{ reason: 'quota' }] }, 'quota'],
    ['a number', { errors: [42] }, '42'],
    ['null', { errors: [null] }, 'null'],
    ['nested lists', { errors: [['quota']] }, 'quota'],
    ['fields of other types', { errors: [{ title: 7, detail: { reason: 'quota' } }] }, 'quota'],
  ])('renders %s in full', (_, body, part) => {
    expect(readErrors(JSON.stringify(body))).toEqual([expect.stringContaining(part)]);
  });

  test('does not truncate an unknown object, because half a key would not be redacted', () => {
    const [text] = readErrors(JSON.stringify({ errors: [{ x: `${'y'.repeat(20_000)}the end` }] }));
    expect(text?.includes('the end')).toBe(true);
  });

  test.each(['<html><title>Blocked</title></html>', 'upstream connect error', '{"errors": ["cut o'])(
    'does not attribute to Datadog what is not JSON: %s',
    (text) => {
      expect(read(response(403, text))?.label).toBe('Response body');
    },
  );

  test.each(['', ' \r\n'])('returns nothing for an empty body: %j', (body) => {
    expect(readErrors(body)).toEqual([]);
  });

  test('reads JSON of any depth', () => {
    const depth = 50_000;
    expect(readErrors(`{"errors":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toHaveLength(1);
    expect(readErrors(`{"errors":[${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]}`)).toHaveLength(1);
  });
});

describe('failureFromResponse', () => {
  test.each([
    [400, 'update-rejected', 'unexpected-response', undefined],
    [401, 'forbidden', 'forbidden', 'once'],
    [403, 'forbidden', 'forbidden', 'once'],
    [404, 'not-found', 'unexpected-response', undefined],
    [422, 'update-rejected', 'unexpected-response', undefined],
    [429, 'rate-limited', 'rate-limited', 'backoff'],
    [408, 'unavailable', 'unavailable', 'backoff'],
    [500, 'unavailable', 'unavailable', 'backoff'],
    [502, 'unavailable', 'unavailable', 'backoff'],
    [503, 'unavailable', 'unavailable', 'backoff'],
    [504, 'unavailable', 'unavailable', 'backoff'],
    [201, 'unexpected-response', 'unexpected-response', undefined],
    [304, 'unexpected-response', 'unexpected-response', undefined],
    [409, 'unexpected-response', 'unexpected-response', undefined],
    [501, 'unexpected-response', 'unexpected-response', undefined],
    [999, 'unexpected-response', 'unexpected-response', undefined],
  ])('%i is %s after an update, %s after a list, and retried: %s', (status, update, list, policy) => {
    const failure = failureFromResponse(response(status), 'update', ORGANIZATION);
    expect(failure).toMatchObject({ kind: update, facts: { status } });
    expect(failure.facts.retry?.policy).toBe(policy);
    expect(failureFromResponse(response(status), 'list', ORGANIZATION).kind).toBe(list);
  });

  test.each([407, 511])('says that %i does not come from Datadog', (status) => {
    expect(failureFromResponse(response(status), 'update', ORGANIZATION).facts.hints).toEqual([
      'This status comes from a proxy or a captive portal, not from Datadog.',
    ]);
  });

  test.each([
    [201, true],
    [299, true],
    [300, false],
    [499, false],
    [500, true],
    [511, false],
  ])('after %i, the update may have been applied: %s', (status, mayBeApplied) => {
    expect(failureFromResponse(response(status), 'update', ORGANIZATION).facts.mayBeApplied).toBe(mayBeApplied);
  });

  test('waits as long as the longest header asks', () => {
    const headers = { 'x-ratelimit-reset': '7', 'retry-after': '3' };
    expect(failureFromResponse(response(429, '', headers), 'update', ORGANIZATION).facts.retry?.wait).toBe(7_000);
  });

  test.each([
    [429, { 'x-ratelimit-name': 'opsgenie_accounts' }, '429 Too Many Requests (rate limit opsgenie_accounts).'],
    [403, { 'x-ratelimit-name': 'opsgenie_accounts' }, '403 Forbidden.'],
    [302, { location: 'https://login.example:8443/?token=x' }, '302 Found, a redirect to login.example:8443.'],
    [302, { location: 'https://[' }, '302 Found.'],
    [302, {}, '302 Found.'],
    [599, {}, '599.'],
  ])('%i %j is described as %s', (status, headers, message) => {
    expect(failureFromResponse(response(status, '', headers), 'update', ORGANIZATION).message).toBe(
      `api.datadoghq.com returned ${message}`,
    );
  });
});

describe('after 401 or 403, the failure names the possible causes:', () => {
  const token: Organization = { ...ORGANIZATION, credentials: { token: KEYS.accessToken, source: 'DD_BEARER_TOKEN' } };
  const denied = (call: 'update' | 'list', organization: Organization, body: unknown = '') => {
    const { message, facts } = failureFromResponse(response(403, body), call, organization);
    return [message, ...(facts.hints ?? []), facts.remedy].join('\n');
  };
  test.each([
    [
      'the permission to update',
      denied('update', ORGANIZATION),
      /manage_integrations.*If a dry run with the same credentials passes/s,
      /integrations_read/,
    ],
    ['the permission to list', denied('list', ORGANIZATION), /integrations_read/, /manage_integrations|dry run/],
    [
      'both keys, which can be swapped',
      denied('update', ORGANIZATION),
      /`dd_api_key` or `dd_app_key` is wrong .*swapped/,
      /token/,
    ],
    [
      'the token',
      denied('update', token),
      /access token in `DD_BEARER_TOKEN` is wrong, expired or revoked/,
      /swapped|_key/,
    ],
    ['the site', denied('update', ORGANIZATION), /site other than datadoghq\.com\.$/m, /`site` was empty/],
    [
      'the default site',
      denied('update', { ...token, isDefaultSite: true }),
      /`site` was empty, so datadoghq\.com \(US1\) was used/,
      /^$/,
    ],
    ['the IP allowlist', denied('update', ORGANIZATION), /IP allowlist/, /^$/],
    [
      'only the permission if Datadog names it',
      denied('update', ORGANIZATION, { errors: ['missing permission manage_integrations'] }),
      /^Possible cause: the application key or its owner lacks/m,
      /is wrong|site other|allowlist/,
    ],
    [
      'more than the IP allowlist if text that is not from Datadog names one',
      denied('update', ORGANIZATION, 'URL not on the IP allowlist'),
      /a proxy or firewall on the way to Datadog.*manage_integrations/s,
      /^Add the address|dry run/m,
    ],
    [
      'more than the IP allowlist if Datadog names another one',
      denied('update', ORGANIZATION, { errors: ['This feature is not on the allowlist'] }),
      /manage_integrations/,
      /^Add the address|proxy or firewall/m,
    ],
  ])('%s', (_, text, named, ruledOut) => {
    expect(text).toMatch(named);
    expect(text).not.toMatch(ruledOut);
  });

  const allowlist = 'IP address 192.0.2.1 is not in the allowlist';
  test.each([{ errors: [allowlist] }, { message: allowlist }])('only the IP allowlist if JSON names it: %j', (body) => {
    expect(denied('update', ORGANIZATION, body)).toMatch(/403 Forbidden\.\nAdd the address of this runner/);
  });
});
