import { describe, expect } from 'vitest';
import { HAS_SIGNALS, type StepResult } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { always, respond, type Script } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import type { FailureKind } from '../../src/failure.ts';
import { errorOf, expectFailure, expectInTime, gap } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const VERIFY = { verify_key: 'true' };

/** Checks that a run failed before it sent anything to Datadog. */
function expectNotUpdated(result: StepResult, kind: FailureKind, datadog: SimulatedServer): void {
  expectFailure(result, kind);
  expect(datadog.tunnels).not.toContain('api.datadoghq.com:443');
  expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'us', apiKey: KEYS.before });
}

test.for([
  ['us', 'api.opsgenie.com', KEYS.opsgenieUs],
  ['eu', 'api.eu.opsgenie.com', KEYS.opsgenie],
] as const)(
  'verify_key in region %s checks the key with %s first',
  async ([region, host, api_key], { datadog, run }) => {
    const result = await run({ ...VERIFY, region, api_key });
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'true' } });
    expect(datadog.requests.map((request) => request.host)).toEqual([host, 'api.datadoghq.com']);
    const [opsgenie] = datadog.requests;
    expect(opsgenie).toMatchObject({
      method: 'GET',
      path: '/v2/account',
      headers: { authorization: `GenieKey ${api_key}` },
    });
    for (const key of [KEYS.datadogApi, KEYS.datadogApp]) expect(JSON.stringify(opsgenie)).not.toContain(key);
    expect(result.log).toMatch(/^Requested update of /);
    for (const text of [result.log, result.summary]) expect(text).toContain(`Opsgenie accepted the API key (${host}).`);
  },
);

describe('verify_key leaves Datadog untouched if Opsgenie', () => {
  test('does not know the key, after one retry', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region: 'us' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(3_000);
    expect(datadog.requests).toHaveLength(2);
    expect(errorOf(result)).toContain('Error from Opsgenie: Could not authenticate');
  });

  test('rejects a key that lacks a permission, without a retry', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(respond(403, { code: 40301, message: 'API Key is not granted with read access.' }));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(errorOf(result)).toContain('Error from Opsgenie: API Key is not granted with read access.');
    expect(datadog.requests).toHaveLength(1);
  });

  test.for<[string, Script, RegExp]>([
    ['has been turned off', respond(410, { message: 'migrated' }), /Error from Opsgenie: migrated/],
    ['is a web page', respond(200, '<html>Log in</html>'), /Response body: Log in\n.*may come from a proxy/],
    ['is a proxy with a page of 2 MiB', respond(503, 'x'.repeat(2 ** 21)), /a body of more than 1 MiB/],
    ['asks for a long wait', respond(429, {}, { 'X-RateLimit-Period-In-Sec': '3600' }), /429 Too Many Requests/],
  ])('%s', async ([, script, reason], { datadog, run }) => {
    datadog.scriptOpsgenie(script);
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(errorOf(result)).toMatch(reason);
    expect(datadog.requests).toHaveLength(1);
  });

  test('is a captive portal, whose 401 is no verdict', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(...always(respond(401, '<html>Log in</html>')));
    expectNotUpdated(await run(VERIFY), 'key-not-verified', datadog);
  });

  test('stays unavailable until `timeout`', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(...always(respond(500, '')));
    const result = await run({ ...VERIFY, timeout: '4' });
    expectNotUpdated(result, 'key-not-verified', datadog);
    expectInTime(result, 4);
  });

  test.runIf(HAS_SIGNALS)('does not respond before the run is cancelled', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.scriptOpsgenie(() => cancel('SIGINT'));
    expectNotUpdated(await run(VERIFY, { cancelled }), 'cancelled', datadog);
  });
});

test('verify_key waits as long as Opsgenie asks, and then updates Datadog', async ({ datadog, run }) => {
  datadog.scriptOpsgenie(respond(429, { message: 'slow' }, { 'X-RateLimit-Period-In-Sec': '2' }));
  expect(await run(VERIFY)).toMatchObject({ exitCode: 0, outputs: { updated: 'true' } });
  expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
});

test('a later failure still says that Opsgenie accepted the key', async ({ datadog, run }) => {
  datadog.script(respond(422, { errors: ['Invalid'] }));
  const result = await run(VERIFY);
  expectFailure(result, 'update-rejected', { status: '422' });
  expect(errorOf(result)).toContain('Opsgenie accepted the API key (api.eu.opsgenie.com).');
});
