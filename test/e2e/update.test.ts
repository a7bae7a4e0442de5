import { describe, expect } from 'vitest';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { errorOf, expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

test('an update sends the documented request once, and reports what Datadog confirmed', async ({ datadog, run }) => {
  datadog.organization.site = 'us3.datadoghq.com';
  const result = await run({ site: 'https://us3.datadoghq.com/account' });
  expect(result).toMatchObject({ exitCode: 0, annotations: [] });
  expect(datadog.requests).toHaveLength(1);
  const [request] = datadog.requests;
  expect(request).toMatchObject({
    method: 'PATCH',
    host: 'api.us3.datadoghq.com',
    path: `/api/v2/integration/opsgenie/accounts/${ACCOUNT}`,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'dd-api-key': KEYS.datadogApi,
      'dd-application-key': KEYS.datadogApp,
      'user-agent': 'datadog-opsgenie-account',
    },
  });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    data: { attributes: { api_key: KEYS.opsgenie, region: 'eu' }, id: ACCOUNT, type: 'opsgenie-account' },
  });
  expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'eu', apiKey: KEYS.opsgenie });

  const account = `Opsgenie account ${ACCOUNT} on us3.datadoghq.com: new API key, region eu.`;
  expect(result.log).toBe(`Requested update of ${account}\nDatadog updated ${account}`);
  for (const text of ['✅', account]) expect(result.summary).toContain(text);
  expect(result.outputs).toEqual({
    ...{ updated: 'true', failure: '', account_id: ACCOUNT, region: 'eu', status_code: '200' },
  });
});

test('an update without a region keeps the region', async ({ datadog, run }) => {
  const result = await run({ region: '' });
  expect(JSON.parse(datadog.requests[0]?.body ?? '').data.attributes).toEqual({ api_key: KEYS.opsgenie });
  expect(result).toMatchObject({ exitCode: 0, outputs: { region: 'us' } });
  expect(result.log).toContain('The region is still us.');
});

test('region_only changes the region and keeps the key', async ({ datadog, run }) => {
  const result = await run({ api_key: '', region_only: 'true' });
  expect(JSON.parse(datadog.requests[0]?.body ?? '').data.attributes).toEqual({ region: 'eu' });
  expect(result.exitCode).toBe(0);
  expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'eu', apiKey: KEYS.before });
});

test('an access token replaces the keys, those in the environment included', async ({ datadog, run }) => {
  const inputs = { dd_access_token: KEYS.serviceToken, dd_api_key: '', dd_app_key: '', verify_key: 'true' };
  const env = { DD_API_KEY: 'an-unused-api-key', DD_APP_KEY: 'an-unused-application-key' };
  const result = await run(inputs, { env, secrets: [] });
  expect(result).toMatchObject({ exitCode: 0, outputs: { updated: 'true' } });
  const [opsgenie, update] = datadog.requests;
  expect(opsgenie?.headers.authorization).toBe(`GenieKey ${KEYS.opsgenie}`);
  expect(update?.headers.authorization).toBe(`Bearer ${KEYS.serviceToken}`);
  expect(Object.keys(update?.headers ?? {})).not.toContain('dd-api-key');
  for (const key of Object.values(KEYS)) expect(printed(result)).not.toContain(key);
});

test('the site and the keys can come from environment variables', async ({ datadog, run }) => {
  datadog.organization.site = 'datadoghq.eu';
  const env = { DD_SITE: 'EU1', DD_API_KEY: KEYS.datadogApi, DD_APP_KEY: KEYS.datadogApp };
  expect(await run({ site: '', dd_api_key: '', dd_app_key: '' }, { env })).toMatchObject({ exitCode: 0 });
  expect(datadog.tunnels).toEqual(['api.datadoghq.eu:443']);
});

describe('a dry run', () => {
  test('changes nothing, and says what an update would change', async ({ datadog, run }) => {
    const result = await run({ dry_run: 'true', dd_app_key: KEYS.readOnly });
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'false', region: 'us' } });
    expect(datadog.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v2/integration/opsgenie/accounts',
    ]);
    for (const text of [result.log, result.summary]) {
      expect(text).toMatch(/change the region from us to eu\. Not checked: .*manage_integrations/);
    }
    expect(result.summary).toContain('| Region | us → eu |');
  });

  test('with verify_key also checks the key with Opsgenie', async ({ datadog, run }) => {
    const result = await run({ dry_run: 'true', verify_key: 'true' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { updated: 'false' } });
    expect(datadog.requests.map(({ method, host }) => `${method} ${host}`)).toEqual([
      ...['GET api.eu.opsgenie.com', 'GET api.datadoghq.com'],
    ]);
    expect(result.summary).toContain('Opsgenie accepted the API key (api.eu.opsgenie.com).');
  });

  test('never says that an update may have been applied', async ({ datadog, run }) => {
    datadog.script(
      ({ socket }) => socket.destroy(),
      ({ socket }) => socket.end('SSH-2.0-OpenSSH_9.7\r\n'),
    );
    const result = await run({ dry_run: 'true' });
    expectFailure(result, 'unexpected-response');
    expect(errorOf(result)).toContain('2 attempts were made.');
  });
});

test('ten concurrent runs all succeed under a rate limit of five requests in two seconds', async ({ datadog, run }) => {
  datadog.organization.rateLimit = { limit: 5, periodSeconds: 2 };
  const results = await Promise.all(Array.from({ length: 10 }, () => run()));
  // Lists only the runs that failed.
  expect(results.flatMap(({ exitCode, log }) => (exitCode === 0 ? [] : [log]))).toEqual([]);
});
