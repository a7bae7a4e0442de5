import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, STEP } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('a successful update', () => {
  test('sends the documented request once', async ({ datadog, run }) => {
    await run();
    expect(datadog.requests).toHaveLength(1);
    const [request] = datadog.requests;
    expect(request).toMatchObject({
      method: 'PATCH',
      host: 'api.datadoghq.com',
      path: `/api/v2/integration/opsgenie/accounts/${ACCOUNT}`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'dd-api-key': KEYS.datadogApi,
        'dd-application-key': KEYS.datadogApp,
        'user-agent': expect.stringContaining('datadog-opsgenie-account'),
      },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      data: { attributes: { api_key: KEYS.opsgenie, region: 'eu' }, id: ACCOUNT, type: 'opsgenie-account' },
    });
  });

  test('changes the account', async ({ datadog, run }) => {
    await run();
    expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'eu', apiKey: KEYS.opsgenie });
  });

  test('sets the outputs and the summary, without annotations', async ({ run }) => {
    const result = await run();
    expect(result.exitCode).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(result.outputs).toEqual({
      updated: 'true',
      failure: '',
      account_id: ACCOUNT,
      region: 'eu',
      status_code: '200',
      attempts: '1',
      errors: '[]',
    });
    for (const fact of ['✅', ACCOUNT, 'datadoghq.com', 'eu', 'workflow_dispatch', 'octocat']) {
      expect(result.summary).toContain(fact);
    }
    expect(result.summary).not.toMatch(/What to do|^- /m);
  });

  test.for([
    ['key and region', {}, 'new API key, region eu.', ''],
    ['key only', { region: '' }, 'new API key.', ' The region is still us.'],
    ['region only', { api_key: '', region_only: 'true' }, 'region eu.', ''],
  ] as const)('logs what it does and what Datadog accepted: %s', async ([, inputs, change, rest], { run }) => {
    const account = `Opsgenie account ${ACCOUNT} on datadoghq.com`;
    const { log, summary } = await run(inputs);
    const outcome = `Datadog updated ${account}: ${change}${rest}`;
    expect(log).toBe(`Updating ${account}: ${change}\n${outcome}`);
    expect(summary).toContain(outcome);
  });

  test('keeps the region if none is given', async ({ datadog, run }) => {
    const result = await run({ region: '' });
    expect(JSON.parse(datadog.requests[0]?.body ?? '').data.attributes).toEqual({ api_key: KEYS.opsgenie });
    expect(result.exitCode).toBe(0);
    expect(result.outputs.region).toBe('us');
  });

  test('keeps the key with region_only', async ({ datadog, run }) => {
    const result = await run({ api_key: '', region_only: 'true' });
    expect(JSON.parse(datadog.requests[0]?.body ?? '').data.attributes).toEqual({ region: 'eu' });
    expect(result.exitCode).toBe(0);
    expect(datadog.organization.accounts.get(ACCOUNT)?.apiKey).toBe(KEYS.before);
  });

  test('works with an access token instead of an API key', async ({ datadog, run }) => {
    const result = await run({ dd_api_key: '', dd_app_key: KEYS.accessToken });
    expect(result.exitCode).toBe(0);
    expect(datadog.requests[0]?.headers).not.toHaveProperty('dd-api-key');
    expect(datadog.requests[0]?.headers['dd-application-key']).toBe(KEYS.accessToken);
  });

  test('reads site and Datadog keys from the environment', async ({ datadog, run }) => {
    const env = { DD_SITE: 'datadoghq.eu', DD_API_KEY: KEYS.datadogApi, DD_APP_KEY: KEYS.datadogApp };
    const result = await run({ dd_api_key: '', dd_app_key: '' }, { env });
    expect(result.exitCode).toBe(0);
    expect(datadog.requests[0]?.host).toBe('api.datadoghq.eu');
  });

  test('prefers inputs over the environment', async ({ datadog, run }) => {
    const env = { DD_SITE: 'datadoghq.eu', DD_API_KEY: 'not this one', DD_APP_KEY: 'nor this one' };
    const result = await run({ site: 'us5.datadoghq.com' }, { env });
    expect(result.exitCode).toBe(0);
    expect(datadog.requests[0]?.host).toBe('api.us5.datadoghq.com');
  });

  test('ignores white space around every value', async ({ datadog, run }) => {
    const padded = Object.fromEntries(Object.entries(STEP.with).map(([name, value]) => [name, ` \t${value}\r\n`]));
    const result = await run({ ...padded, site: ' us3.datadoghq.com\r\n', region: ' EU\n', timeout: ' 60\r\n' });
    expect(result.exitCode).toBe(0);
    expect(datadog.requests[0]?.headers).toMatchObject({ 'dd-api-key': KEYS.datadogApi });
    expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'eu', apiKey: KEYS.opsgenie });
  });

  test('accepts an account id in upper case', async ({ run }) => {
    expect(await run({ account_id: ACCOUNT.toUpperCase() })).toMatchObject({ exitCode: 0 });
  });

  test('connects only to the API of the site', async ({ datadog, run }) => {
    await run({ site: 'https://app.datadoghq.eu/account/settings' });
    expect(datadog.tunnels).toEqual(['api.datadoghq.eu:443']);
  });

  test('ends even if the server keeps the connection open', async ({ datadog, run }) => {
    const body = JSON.stringify({ data: resource(ACCOUNT, 'eu') });
    datadog.script(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const result = await run();
    expect(result.exitCode).toBe(0);
    // Otherwise, the run would last until the test times out.
    expect(result.duration).toBeLessThan(30_000);
  });

  test('warns about a key that looks like a Datadog key, but sends it', async ({ datadog, run }) => {
    datadog.script(respond(200, { data: resource(ACCOUNT, 'eu') }));
    const result = await run({ api_key: '0123456789abcdef0123456789abcdef' });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toEqual([
      { level: 'warning', title: expect.stringContaining('Opsgenie'), message: expect.stringContaining('api_key') },
    ]);
  });
});

describe('masking', () => {
  test('comes before any other output', async ({ run }) => {
    const env = { DD_API_KEY: 'another-api-key', DD_APP_KEY: 'another-app-key' };
    const { raw } = await run({}, { env, secrets: [] });
    const masked = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp, 'another-api-key', 'another-app-key'];
    const lines = raw.split('\n').slice(0, masked.length);
    expect(lines.sort()).toEqual(masked.map((secret) => `::add-mask::${secret}`).sort());
  });

  test('also happens if the inputs are invalid', async ({ run }) => {
    const result = await run({ account_id: 'x' }, { secrets: [] });
    expect(result.raw).toContain(`::add-mask::${KEYS.opsgenie}`);
  });

  test('keeps keys out of log, outputs, and summary', async ({ run }) => {
    const result = await run({}, { secrets: [] });
    const text = printed(result);
    for (const secret of Object.values(KEYS)) expect(text).not.toContain(secret);
  });
});
