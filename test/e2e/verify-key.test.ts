import { describe, expect } from 'vitest';
import { HAS_SIGNALS, type StepResult } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import type { FailureKind } from '../../src/failure.ts';
import { errorOf, expectFailure, gap } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const VERIFY = { verify_key: 'true' };

/** Checks that a run failed before it sent anything to Datadog. */
function expectNotUpdated(result: StepResult, kind: FailureKind, datadog: SimulatedServer): void {
  expectFailure(result, kind);
  expect(datadog.tunnels).not.toContain('api.datadoghq.com:443');
  expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'us', apiKey: KEYS.before });
}

test('verify_key checks the key with Opsgenie first, and sends no Datadog key there', async ({ datadog, run }) => {
  const result = await run({ ...VERIFY, region: 'us', api_key: KEYS.opsgenieUs });
  expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'true' } });
  expect(datadog.requests.map(({ host }) => host)).toEqual(['api.opsgenie.com', 'api.datadoghq.com']);
  const [opsgenie] = datadog.requests;
  expect(opsgenie).toMatchObject({ method: 'GET', path: '/v2/account' });
  expect(opsgenie?.headers.authorization).toBe(`GenieKey ${KEYS.opsgenieUs}`);
  for (const key of [KEYS.datadogApi, KEYS.datadogApp]) expect(JSON.stringify(opsgenie)).not.toContain(key);
  expect(result.log).toMatch(/^Requested update of /);
  for (const text of [result.log, result.summary]) {
    expect(text).toContain('Opsgenie accepted the API key (api.opsgenie.com).');
  }
});

describe('verify_key leaves Datadog untouched if', () => {
  test('Opsgenie does not know the key, even in a second attempt', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region: 'us' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(3_000);
    expect(datadog.requests).toHaveLength(2);
    expect(errorOf(result)).toContain('Error from Opsgenie: Could not authenticate');
  });

  test('a web page is returned in place of a verdict', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(respond(200, '<html>Log in</html>'));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(errorOf(result)).toMatch(/Response body: Log in\n.*may come from a proxy/);
    expect(datadog.requests).toHaveLength(1);
  });

  test.runIf(HAS_SIGNALS)('the run is cancelled before Opsgenie responds', async ({ datadog, run }) => {
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
