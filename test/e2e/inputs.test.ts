import { describe, expect } from 'vitest';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, STEP } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('invalid inputs', () => {
  test('are all listed in one annotation, and nothing is sent', async ({ datadog, run }) => {
    const invalid = { site: 'eu.datadoghq.com', account_id: 'mine', region: 'mars', timeout: 'soon', dry_run: '' };
    const result = await run(invalid);
    expectFailure(result, 'inputs');
    for (const name of Object.keys(invalid)) {
      for (const text of [result.errors[0]?.message, result.summary])
        expect(text).toMatch(new RegExp(`^- ${name}\\b`, 'm'));
    }
    expect(result.outputs).toMatchObject({ updated: 'false', attempts: '0', errors: '[]' });
    expect(datadog.tunnels).toEqual([]);
  });

  test('never reach Datadog: a secret that holds JSON does not overwrite the key', async ({ datadog, run }) => {
    const result = await run({ api_key: `{"OPSGENIE_API_KEY":"${KEYS.opsgenie}"}` }, { secrets: [] });
    expectFailure(result, 'inputs');
    expect(result.errors[0]?.message).toContain('api_key looks like JSON');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
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
  test('lists the accounts in one request, which is not counted', async ({ datadog, run }) => {
    datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: '', dd_app_key: KEYS.readOnly });
    expectFailure(result, 'inputs');
    for (const text of [result.errors[0]?.message, result.summary]) {
      for (const id of [ACCOUNT, OTHER_ACCOUNT]) expect(text).toContain(`Existing account: ${id}, region`);
    }
    expect(result.outputs).toMatchObject({ attempts: '0', status_code: '', errors: '[]' });
    expect(datadog.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('says why the accounts cannot be listed', async ({ datadog, run }) => {
    const result = await run({ account_id: '', dd_app_key: KEYS.writeOnly });
    expectFailure(result, 'inputs');
    expect(result.errors[0]?.message).toMatch(/could not be listed: .*403 Forbidden.*`integrations_read`/s);
    expect(datadog.requests).toHaveLength(1);
  });

  test.for<[string, string]>([
    ['ten seconds', '300'],
    ['`timeout`', '2'],
  ])('ends within %s, even if Datadog does not respond', async ([, timeout], { datadog, run }) => {
    datadog.script(() => {});
    const result = await run({ account_id: '', timeout });
    expectFailure(result, 'inputs');
    const limit = timeout === '2' ? /within [0-2](?:\.\d)? s\./ : /within 10 s\./;
    expect(result.errors[0]?.message).toMatch(limit);
  });

  test('lists at most 20 accounts in the annotation, and all in the summary', async ({ datadog, run }) => {
    const ids = Array.from({ length: 700 }, (_, index) => `${ACCOUNT.slice(0, -4)}${1000 + index}`);
    for (const id of ids) datadog.organization.accounts.set(id, { region: 'us', apiKey: KEYS.before });
    const result = await run({ account_id: 'mine' });
    expectFailure(result, 'inputs');
    expect(result.errors[0]?.message.match(/Existing account/g)).toHaveLength(20);
    expect(result.errors[0]?.message).toContain('… and 681 more');
    expect(result.summary.match(/Existing account/g)).toHaveLength(701);
  });
});

describe('the annotation about missing keys', () => {
  const NO_KEYS = { api_key: '', dd_api_key: '', dd_app_key: '' };
  const pull = (head: string) => ({
    pull_request: { head: { repo: { full_name: head } }, base: { repo: { full_name: 'acme/infrastructure' } } },
  });

  test.for([
    ['a fork', 'mallory', pull('mallory/infrastructure'), 'Pull requests from forks get no secrets.'],
    ['Dependabot', 'dependabot[bot]', pull('acme/infrastructure'), 'Runs started by Dependabot get only'],
  ] as const)('explains why GitHub withheld the secrets: %s', async ([, actor, payload, reason], { run }) => {
    const result = await run(NO_KEYS, { event: { name: 'pull_request', actor, payload } });
    expectFailure(result, 'keys-missing');
    expect(result.errors[0]?.message).toContain(reason);
    expect(result.errors[0]?.message).toContain('What to do: Start the workflow with another event');
  });
});

test('credentials are sent only to the API of the site, encrypted and through the proxy', async ({ datadog, run }) => {
  datadog.script(respond(307, '', { Location: 'https://evil.example/collect' }));
  expectFailure(await run({ site: 'acme.datadoghq.eu' }), 'unexpected-response', '307');
  expect(datadog.tunnels).toEqual(['api.datadoghq.eu:443']);
  const seen = Buffer.concat(datadog.seenByProxy).toString('latin1');
  for (const key of Object.values(KEYS)) expect(seen).not.toContain(key);
});
