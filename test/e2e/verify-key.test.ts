import { describe, expect } from 'vitest';
import { HAS_SIGNALS, type StepResult } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { always, type ProxyScript, respond, type Script } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import type { FailureKind } from '../../src/failure.ts';
import { expectFailure, expectInTime, gap } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const VERIFY = { verify_key: 'true' };

/** Checks that a run failed before it sent anything to Datadog, and that its outputs say so. */
function expectNotUpdated(result: StepResult, kind: FailureKind, datadog: SimulatedServer): void {
  expectFailure(result, kind);
  expect(result.outputs).toMatchObject({ updated: 'false', attempts: '0', status_code: '', errors: '[]' });
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
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'true', attempts: '1' } });
    expect(datadog.requests.map((request) => request.host)).toEqual([host, 'api.datadoghq.com']);
    const [opsgenie] = datadog.requests;
    expect(opsgenie).toMatchObject({
      method: 'GET',
      path: '/v2/account',
      headers: { authorization: `GenieKey ${api_key}` },
    });
    for (const key of [KEYS.datadogApi, KEYS.datadogApp]) expect(JSON.stringify(opsgenie)).not.toContain(key);
    for (const text of [result.log, result.summary]) expect(text).toContain(`Opsgenie accepted the API key (${host}).`);
  },
);

describe('verify_key leaves Datadog untouched if Opsgenie', () => {
  test('does not know the key, after one retry', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region: 'us' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(3_000);
    expect(result.errors[0]?.message).toContain('Opsgenie said: Could not authenticate');
  });

  test('says that the key lacks a right, and only its own words are shown', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(respond(403, { code: 40301, message: 'API Key is not granted with read access.' }));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(result.errors[0]?.message).toContain('Opsgenie said: API Key is not granted with read access.');
    expect(result.errors[0]?.message).not.toMatch(/integration's|team|lacks Configuration access/);
  });

  test('says that the value is not a key', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, api_key: 'not-an-opsgenie-key' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(result.errors[0]?.message).toContain('`api_key` does not have the format of an Opsgenie API key');
  });

  test.for<[string, Script, RegExp]>([
    ['has been turned off', respond(410, { message: 'migrated' }), /Opsgenie said: migrated\n.*migrated or turned off/],
    [
      'is a web page',
      respond(200, '<html>'),
      /Check whether a proxy or login page responds in place of api\.eu\.opsgenie\.com/,
    ],
    [
      'asks for a long wait',
      respond(429, {}, { 'X-RateLimit-Period-In-Sec': '3600' }),
      /asks to wait 3600 s, but only/,
    ],
  ])('%s', async ([, script, reason], { datadog, run }) => {
    datadog.scriptOpsgenie(script);
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toMatch(reason);
    expect(datadog.requests).toHaveLength(1);
  });

  test('cannot be reached through the proxy', async ({ datadog, run }) => {
    datadog.scriptProxy(...always<ProxyScript>((client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toMatch(
      /Allow connections .* api\.eu\.opsgenie\.com .*set `verify_key` to `false`/,
    );
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
  expect(await run(VERIFY)).toMatchObject({ exitCode: 0, outputs: { attempts: '1' } });
  expect(gap(datadog.requests)).toBeGreaterThanOrEqual(2_000);
});
