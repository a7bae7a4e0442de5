import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, answer, type Script } from '../../simulation/scripts.ts';
import { FAILURES, type FailureKind } from '../../src/failure.ts';
import { expectFailure } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const DRY_RUN = { dry_run: 'true' };

describe('a dry run', () => {
  test('asks for the list of accounts, once, and changes nothing', async ({ datadog, run }) => {
    const before = structuredClone(datadog.organisation.accounts);
    const result = await run(DRY_RUN);
    expect(result.exitCode).toBe(0);
    expect(datadog.organisation.accounts).toEqual(before);
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

  test('is green, with the account as it is now and no annotation', async ({ run }) => {
    const result = await run(DRY_RUN);
    expect(result.annotations).toEqual([]);
    expect(result.outputs).toEqual({
      account_id: ACCOUNT,
      region: 'us',
      status_code: '200',
      attempts: '1',
      errors: '[]',
    });
    for (const fact of ['✅', 'dry run', ACCOUNT, 'us → eu']) expect(result.summary).toContain(fact);
    expect(`${result.log}${result.summary}`).not.toMatch(/updated|confirmed/i);
    expect(result.log).toMatch(/^Dry run, which changes nothing/);
  });

  test.for([
    ['key and region', {}, /would put in the API key .* and change the region from us to eu\./, '| us → eu |'],
    ['the region as it is', { region: 'us' }, /API key .* and leave the region as it is \(us\)\./, '| us |'],
    ['no region', { region: '' }, /API key .* and leave the region as it is \(us\)\./, '| us |'],
    [
      'the region alone',
      { api_key: '', region_only: 'true' },
      /would change the region from us to eu\./,
      '| us → eu |',
    ],
  ] as const)('says what an update would change: %s', async ([, inputs, what, cell], { run }) => {
    const { log, summary } = await run({ ...DRY_RUN, ...inputs });
    expect(log).toMatch(what);
    expect(summary).toMatch(what);
    expect(summary).toContain(`| Region ${cell}`);
  });

  test('finds the account among others, in any capitals', async ({ datadog, run }) => {
    const accounts = [
      resource(UNKNOWN_ACCOUNT, 'us'),
      { type: 'something-new' },
      resource(ACCOUNT.toUpperCase(), 'eu'),
    ];
    datadog.script(answer(200, { data: accounts }));
    expect((await run(DRY_RUN)).outputs.region).toBe('eu');
  });

  test('knows no region where Datadog tells none', async ({ datadog, run }) => {
    const silent = answer(200, { data: [{ ...resource(ACCOUNT, ''), attributes: {} }] });
    datadog.script(silent, silent);
    const changed = await run(DRY_RUN);
    expect(changed).toMatchObject({ exitCode: 0, log: expect.stringContaining('from none to eu') });
    expect(changed.summary).toContain('none → eu');
    const unchanged = await run({ ...DRY_RUN, region: '' });
    expect(unchanged).toMatchObject({ exitCode: 0, log: expect.stringContaining('leave the region as it is.') });
    expect(unchanged.outputs.region).toBe('');
  });

  test('says that it cannot prove the permission to write', async ({ run }) => {
    const result = await run({ ...DRY_RUN, dd_app_key: KEYS.readOnly });
    expect(result.exitCode).toBe(0);
    for (const text of [result.log, result.summary]) expect(text).toMatch(/not proven.*manage_integrations/i);
  });

  test('tries again what may pass', async ({ datadog, run }) => {
    datadog.script(
      (request) => request.socket.destroy(),
      answer(429, '', { 'X-RateLimit-Reset': '1' }),
      answer(503, 'busy'),
    );
    expect(await run(DRY_RUN)).toMatchObject({ exitCode: 0, outputs: { attempts: '4' } });
  });
});

describe('a dry run is red where an update would be', () => {
  test('an account that does not exist: tells which do', async ({ datadog, run }) => {
    const result = await run({ ...DRY_RUN, account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '200');
    for (const fact of [UNKNOWN_ACCOUNT, 'no such account', ACCOUNT, 'region us'])
      expect(result.errors[0]?.message).toContain(fact);
    expect(result.outputs.errors).toBe('[]');
    expect(datadog.requests).toHaveLength(1);
  });

  test.for<[FailureKind, string, Record<string, string>]>([
    ['inputs', 'a wrong input', { region: 'mars' }],
    ['keys-missing', 'an empty key', { api_key: '' }],
    ['inputs', 'dry_run that is neither true nor false', { dry_run: 'yes' }],
  ])('%s: %s, and nothing is sent', async ([kind, , inputs], { datadog, run }) => {
    expectFailure(await run({ ...DRY_RUN, ...inputs }), kind);
    expect(datadog.requests).toEqual([]);
  });

  const data = resource(ACCOUNT, 'us');
  const cases: readonly [FailureKind, string, Script, string][] = [
    ['forbidden', 'refused keys', answer(403, { errors: ['Forbidden'] }), '403'],
    ['unauthorized', 'unknown keys', answer(401, { errors: ['Unauthorized'] }), '401'],
    ['redirected', 'a redirect', answer(302, '', { Location: 'https://login.corp.example/' }), '302'],
    ['unexpected-status', 'a status that is not documented', answer(204, ''), '204'],
    ['unexpected-status', 'no such page', answer(404, '<html><title>Blocked</title></html>'), '404'],
    ['unexpected-status', 'values that were not sent', answer(422, { errors: ['Invalid'] }), '422'],
    ['unexpected-status', 'a request that cannot be read', answer(400, { errors: ['Bad'] }), '400'],
    ['unconfirmed', 'a web page', answer(200, '<html><title>Sign in</title></html>'), '200'],
    ['unconfirmed', 'nothing', answer(200, ''), '200'],
    ['unconfirmed', 'one account in the place of a list', answer(200, { data }), '200'],
    ['unconfirmed', 'a list without an envelope', answer(200, [data]), '200'],
    ['unconfirmed', 'a region nobody documented', answer(200, { data: [resource(ACCOUNT, 'mars')] }), '200'],
    ['unconfirmed', 'an entry of another type', answer(200, { data: [{ ...data, type: 'opsgenie-service' }] }), '200'],
    [
      'unconfirmed',
      'entries that are none',
      answer(200, { data: [null, 'x', [], { ...data, attributes: null }] }),
      '200',
    ],
    ['not-found', 'only another account', answer(200, { data: [null, resource(UNKNOWN_ACCOUNT, 'us')] }), '200'],
    ['not-found', 'an empty list', answer(200, { data: [] }), '200'],
    ['answer-too-large', 'an endless list', answer(200, ' '.repeat(300_000)), '200'],
  ];
  test.for(cases)('%s: %s, and says that nothing was changed', async ([kind, , script, status], { datadog, run }) => {
    datadog.script(...always(script));
    const result = await run(DRY_RUN);
    expectFailure(result, kind, status);
    expect(result.errors[0]?.message).toMatch(/dry run: nothing was changed/);
    expect(result.errors[0]?.message).not.toMatch(/may have been applied/);
    expect(result.errors[0]?.message).toMatch(/api\.datadoghq\.com .*(?:answered|lists)/);
    expect(datadog.requests.map(({ method }) => method)).not.toContain('PATCH');
  });

  test('says what is wrong with the list', async ({ datadog, run }) => {
    datadog.script(answer(200, { data: {} }), answer(200, { data: [resource(ACCOUNT, 'mars')] }));
    expect((await run(DRY_RUN)).errors[0]?.message).toMatch(/not with a list of accounts/);
    expect((await run(DRY_RUN)).errors[0]?.message).toMatch(/not documented: 'mars'/);
  });

  test('no answer in time', async ({ datadog, run }) => {
    datadog.script(...always<Script>(() => {}));
    const result = await run({ ...DRY_RUN, timeout: '1' });
    expect(result.errors).toMatchObject([{ title: FAILURES['no-answer'].title }]);
    expect(result.errors[0]?.message).not.toMatch(/may have been applied/);
  });
});
