import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, expectInTime } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const DRY_RUN = { dry_run: 'true' };

describe('a dry run', () => {
  test('lists the accounts once and changes nothing', async ({ datadog, run }) => {
    const before = structuredClone(datadog.organization.accounts);
    const result = await run(DRY_RUN);
    expect(result.exitCode).toBe(0);
    expect(datadog.organization.accounts).toEqual(before);
    expect(datadog.requests).toHaveLength(1);
    const [request] = datadog.requests;
    expect(request).toMatchObject({
      method: 'GET',
      host: 'api.datadoghq.com',
      path: '/api/v2/integration/opsgenie/accounts',
      headers: { 'dd-api-key': KEYS.datadogApi, 'dd-application-key': KEYS.datadogApp },
      body: '',
    });
    expect(request?.headers).not.toHaveProperty('content-type');
    expect(JSON.stringify(request)).not.toContain(KEYS.opsgenie);
  });

  test('succeeds without annotations and reports the current account', async ({ run }) => {
    const result = await run(DRY_RUN);
    expect(result.exitCode).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(result.outputs).toEqual({
      updated: 'false',
      failure: '',
      account_id: ACCOUNT,
      region: 'us',
      status_code: '200',
      attempts: '1',
      errors: '[]',
    });
    for (const fact of ['✅', 'Dry run passed', ACCOUNT, 'us → eu']) expect(result.summary).toContain(fact);
    expect(`${result.log}${result.summary}`).not.toMatch(/updated|accepted/i);
    expect(result.log).toMatch(/^Dry run, which changes nothing/);
  });

  test.for([
    ['key and region', {}, /would set the API key .* and change the region from us to eu\./, '| us → eu |'],
    ['same region', { region: 'us' }, /API key .* and leave the region unchanged \(us\)\./, '| us |'],
    ['no region', { region: '' }, /API key .* and leave the region unchanged \(us\)\./, '| us |'],
    ['region only', { api_key: '', region_only: 'true' }, /would change the region from us to eu\./, '| us → eu |'],
  ] as const)('says what an update would change: %s', async ([, inputs, effect, cell], { run }) => {
    const { log, summary } = await run({ ...DRY_RUN, ...inputs });
    expect(log).toMatch(effect);
    expect(summary).toMatch(effect);
    expect(summary).toContain(`| Region ${cell}`);
  });

  test('finds the account among others, in any capitalization', async ({ datadog, run }) => {
    const accounts = [
      resource(UNKNOWN_ACCOUNT, 'us'),
      { type: 'something-new' },
      resource(ACCOUNT.toUpperCase(), 'eu'),
    ];
    datadog.script(respond(200, { data: accounts }));
    expect((await run(DRY_RUN)).outputs.region).toBe('eu');
  });

  test('accepts an account without a region', async ({ datadog, run }) => {
    const withoutRegion = respond(200, { data: [{ ...resource(ACCOUNT, ''), attributes: {} }] });
    datadog.script(withoutRegion, withoutRegion);
    const changed = await run(DRY_RUN);
    expect(changed).toMatchObject({ exitCode: 0, log: expect.stringContaining('from none to eu') });
    expect(changed.summary).toContain('none → eu');
    const unchanged = await run({ ...DRY_RUN, region: '' });
    expect(unchanged).toMatchObject({ exitCode: 0, log: expect.stringContaining('leave the region unchanged.') });
    expect(unchanged.outputs.region).toBe('');
  });

  test('says that it does not prove the write permission', async ({ run }) => {
    const result = await run({ ...DRY_RUN, dd_app_key: KEYS.readOnly });
    expect(result.exitCode).toBe(0);
    for (const text of [result.log, result.summary]) expect(text).toMatch(/not checked.*manage_integrations/i);
  });

  test('retries transient failures', async ({ datadog, run }) => {
    datadog.script(
      (request) => request.socket.destroy(),
      respond(429, '', { 'X-RateLimit-Reset': '1' }),
      respond(503, 'busy'),
    );
    expect(await run(DRY_RUN)).toMatchObject({ exitCode: 0, outputs: { attempts: '4' } });
  });
});

describe('a dry run fails', () => {
  test('if the account does not exist, and lists those that do', async ({ datadog, run }) => {
    const result = await run({ ...DRY_RUN, account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '200');
    for (const fact of [UNKNOWN_ACCOUNT, 'does not list this account', ACCOUNT, 'region us']) {
      expect(result.errors[0]?.message).toContain(fact);
    }
    expect(result.outputs.errors).toBe('[]');
    expect(datadog.requests).toHaveLength(1);
  });

  test.for<[FailureKind, string, Record<string, string>]>([
    ['inputs', 'an invalid region', { region: 'mars' }],
    ['keys-missing', 'an empty key', { api_key: '' }],
  ])('on invalid inputs, without sending anything: %s, %s', async ([kind, , inputs], { datadog, run }) => {
    const result = await run({ ...DRY_RUN, ...inputs });
    expectFailure(result, kind);
    expect(result.errors[0]?.message).toContain('This was a dry run: nothing was changed.');
    expect(datadog.tunnels).toEqual([]);
  });

  // A dry run that depends on a typo must not become an update.
  test.for(['yes', '1', 'dry'])('if dry_run is neither true nor false: %s', async (dry_run, { datadog, run }) => {
    expectFailure(await run({ dry_run }), 'inputs');
    expect(datadog.tunnels).toEqual([]);
  });

  const data = resource(ACCOUNT, 'us');
  const notAccounts = [null, 'x', [], { ...data, attributes: null }];
  const cases: readonly [FailureKind, string, Script, string][] = [
    ['forbidden', 'refused keys', respond(403, { errors: ['Forbidden'] }), '403'],
    ['forbidden', 'unknown keys', respond(401, { errors: ['Unauthorized'] }), '401'],
    ['unexpected-response', 'a redirect', respond(302, '', { Location: 'https://login.corp.example/' }), '302'],
    ['unexpected-response', 'an undocumented status', respond(204, ''), '204'],
    ['unexpected-response', '404 for the list', respond(404, '<html><title>Blocked</title></html>'), '404'],
    ['unexpected-response', '422 for values that were not sent', respond(422, { errors: ['Invalid'] }), '422'],
    ['unexpected-response', '400 for a request without a body', respond(400, { errors: ['Bad'] }), '400'],
    ['unexpected-response', 'a web page', respond(200, '<html><title>Sign in</title></html>'), '200'],
    ['unexpected-response', 'an empty body', respond(200, ''), '200'],
    ['unexpected-response', 'one account instead of a list', respond(200, { data }), '200'],
    ['unexpected-response', 'a list without `data`', respond(200, [data]), '200'],
    ['unexpected-response', 'an undocumented region', respond(200, { data: [resource(ACCOUNT, 'mars')] }), '200'],
    [
      'unexpected-response',
      'a list of another type',
      respond(200, { data: [{ ...data, type: 'opsgenie-service' }] }),
      '200',
    ],
    ['unexpected-response', 'a list of anything but accounts', respond(200, { data: notAccounts }), '200'],
    ['not-found', 'a list with only another account', respond(200, { data: [resource(UNKNOWN_ACCOUNT, 'us')] }), '200'],
    ['not-found', 'an empty list', respond(200, { data: [] }), '200'],
  ];
  test.for(cases)('with %s on %s, and nothing was changed', async ([kind, , script, status], { datadog, run }) => {
    datadog.script(...always(script));
    const result = await run(DRY_RUN);
    expectFailure(result, kind, status);
    expect(result.errors[0]?.message).toContain('This was a dry run: nothing was changed.');
    expect(result.errors[0]?.message).toMatch(/api\.datadoghq\.com .*(?:returned|does not list)/);
    expect(datadog.requests.map(({ method }) => method)).not.toContain('PATCH');
  });

  test('and says what is wrong with the list', async ({ datadog, run }) => {
    datadog.script(respond(200, { data: {} }), respond(200, { data: [resource(ACCOUNT, 'mars')] }));
    expect((await run(DRY_RUN)).errors[0]?.message).toMatch(/but the body is not a list of accounts/);
    expect((await run(DRY_RUN)).errors[0]?.message).toMatch(/but the region is not documented: 'mars'/);
  });

  test('in time if Datadog does not answer', async ({ datadog, run }) => {
    datadog.script(...always<Script>(() => {}));
    const result = await run({ ...DRY_RUN, timeout: '2' });
    expectFailure(result, 'network');
    expect(result.errors[0]?.message).toContain('This was a dry run: nothing was changed.');
    expectInTime(result, 2);
  });
});
