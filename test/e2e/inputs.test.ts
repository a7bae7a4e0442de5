import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { errorOf, expectFailure } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

test('all invalid inputs are listed in one annotation, and nothing is sent', async ({ datadog, run }) => {
  const invalid = { site: 'eu.datadoghq.com', account_id: 'mine', region: 'mars', timeout: 'soon', dry_run: '' };
  const result = await run(invalid);
  expectFailure(result, 'inputs');
  for (const name of Object.keys(invalid)) {
    for (const text of [errorOf(result), result.summary]) expect(text).toMatch(new RegExp(`^- ${name}\\b`, 'm'));
  }
  expect(datadog.tunnels).toEqual([]);
});

test('a misspelled input fails the step, so a dry run never becomes an update', async ({ datadog, run }) => {
  const result = await run({ 'dry-run': 'true' });
  expectFailure(result, 'inputs');
  expect(errorOf(result)).toContain('- dry-run is not an input. Write dry_run.');
  expect(datadog.tunnels).toEqual([]);
});

test('an invalid input cannot forge a workflow command or markup', async ({ run }) => {
  const result = await run({ region: '\n::error::forged', account_id: '##[stop-commands]x\r::warning::<b>|x|' });
  expect(result.annotations).toHaveLength(1);
  expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
  expect(result.summary).not.toContain('<b>');
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

  test('ends within `timeout`, even if Datadog does not respond', async ({ datadog, run }) => {
    datadog.script(() => {});
    const result = await run({ account_id: '', timeout: '2' });
    expectFailure(result, 'inputs');
    // The machine may need more than a second to start the process.
    expect(errorOf(result)).toMatch(/within [0-2](?:\.\d)? s\./);
  });

  test.runIf(HAS_SIGNALS)('can be cancelled', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(() => cancel('SIGINT'));
    const result = await run({ account_id: '' }, { cancelled });
    expectFailure(result, 'cancelled');
    expect(result.duration).toBeLessThan(10_000);
  });
});

test('credentials are sent only to the API of the site, encrypted and through the proxy', async ({ datadog, run }) => {
  datadog.script(respond(307, '', { Location: 'https://evil.example/collect' }));
  const result = await run({ site: 'app.datadoghq.eu' });
  expectFailure(result, 'unexpected-response', { updated: 'unknown', status: '307' });
  expect(datadog.tunnels).toEqual(['api.datadoghq.eu:443']);
  const seen = Buffer.concat(datadog.seenByProxy).toString('latin1');
  for (const key of Object.values(KEYS)) expect(seen).not.toContain(key);
});
