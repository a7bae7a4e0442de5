import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, STEP } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { errorOf, expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('invalid inputs', () => {
  test('are all listed in one annotation, and nothing is sent', async ({ datadog, run }) => {
    const invalid = { site: 'eu.datadoghq.com', account_id: 'mine', region: 'mars', timeout: 'soon', dry_run: '' };
    const result = await run(invalid);
    expectFailure(result, 'inputs');
    for (const name of Object.keys(invalid)) {
      for (const text of [errorOf(result), result.summary]) expect(text).toMatch(new RegExp(`^- ${name}\\b`, 'm'));
    }
    expect(datadog.tunnels).toEqual([]);
  });

  test('include misspelled ones: a dry run never becomes an update', async ({ datadog, run }) => {
    for (const misspelled of ['dry-run', 'dryRun']) {
      const result = await run({ [misspelled]: 'true' });
      expectFailure(result, 'inputs');
      expect(errorOf(result)).toContain(`- ${misspelled.toLowerCase()} is not an input. Write dry_run.`);
    }
    expect(datadog.tunnels).toEqual([]);
  });

  test('never reach Datadog: a secret that holds JSON does not overwrite the key', async ({ datadog, run }) => {
    const result = await run({ api_key: `{"OPSGENIE_API_KEY":"${KEYS.opsgenie}"}` }, { secrets: [] });
    expectFailure(result, 'inputs');
    expect(errorOf(result)).toContain('api_key contains {');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
    expect(datadog.tunnels).toEqual([]);
  });

  test('never reach Opsgenie: a Datadog key as api_key is not verified', async ({ datadog, run }) => {
    const inputs = { api_key: '0123456789abcdef0123456789abcdef', verify_key: 'true' };
    expectFailure(await run(inputs), 'inputs');
    expect(datadog.tunnels).toEqual([]);
  });

  test('cannot forge a workflow command or markup', async ({ run }) => {
    const result = await run({ region: '\n::error::forged', account_id: '##[stop-commands]x\r::warning::<b>|x|' });
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<b>');
  });

  test('are reported in one annotation, even if every input is empty', async ({ datadog, run }) => {
    const result = await run(Object.fromEntries(Object.keys(STEP.with).map((name) => [name, ''])));
    expectFailure(result, 'keys-missing');
    expect(result.annotations).toHaveLength(1);
    expect(datadog.tunnels).toEqual([]);
  });
});

describe('with an empty account_id, the step fails and', () => {
  test('lists the accounts in one request, beside any other problem', async ({ datadog, run }) => {
    datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: '', api_key: '', dd_app_key: KEYS.readOnly });
    expectFailure(result, 'keys-missing');
    for (const text of [errorOf(result), result.summary]) {
      for (const id of [ACCOUNT, OTHER_ACCOUNT]) expect(text).toContain(`Existing account: ${id}, region`);
      expect(text).toContain('- api');
    }
    expect(datadog.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('says why the accounts cannot be listed', async ({ datadog, run }) => {
    const result = await run({ account_id: '', dd_app_key: KEYS.writeOnly });
    expectFailure(result, 'inputs');
    expect(errorOf(result)).toMatch(/could not be listed: .*403 Forbidden.*`integrations_read`/s);
    expect(datadog.requests).toHaveLength(1);
  });

  test.for<[string, string, RegExp]>([
    ['ten seconds', '300', /within 10 s\./],
    // The machine may need more than a second to start the process.
    ['`timeout`', '2', /within [0-2](?:\.\d)? s\./],
  ])('ends within %s, even if Datadog does not respond', async ([, timeout, limit], { datadog, run }) => {
    datadog.script(() => {});
    const result = await run({ account_id: '', timeout });
    expectFailure(result, 'inputs');
    expect(errorOf(result)).toMatch(limit);
  });

  test('lists at most 20 accounts', async ({ datadog, run }) => {
    const ids = Array.from({ length: 700 }, (_, index) => `${ACCOUNT.slice(0, -4)}${1000 + index}`);
    for (const id of ids) datadog.organization.accounts.set(id, { region: 'us', apiKey: KEYS.before });
    const result = await run({ account_id: '' });
    expectFailure(result, 'inputs');
    expect(errorOf(result).match(/Existing account/g)).toHaveLength(20);
    expect(errorOf(result)).toContain('… and 681 more');
  });

  test.runIf(HAS_SIGNALS)('can be cancelled', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(() => cancel('SIGINT'));
    const result = await run({ account_id: '' }, { cancelled });
    expectFailure(result, 'cancelled');
    expect(result.duration).toBeLessThan(10_000);
  });
});

test('an account_id that is not a UUID does not list the accounts', async ({ datadog, run }) => {
  const result = await run({ account_id: 'mine' });
  expectFailure(result, 'inputs');
  expect(errorOf(result)).toContain('Leave account_id empty to get a list of the accounts.');
  expect(datadog.tunnels).toEqual([]);
});

test('credentials are sent only to the API of the site, encrypted and through the proxy', async ({ datadog, run }) => {
  datadog.script(respond(307, '', { Location: 'https://evil.example/collect' }));
  const result = await run({ site: 'app.datadoghq.eu' });
  expectFailure(result, 'unexpected-response', { updated: 'unknown', status: '307' });
  expect(datadog.tunnels).toEqual(['api.datadoghq.eu:443']);
  const seen = Buffer.concat(datadog.seenByProxy).toString('latin1');
  for (const key of Object.values(KEYS)) expect(seen).not.toContain(key);
});
