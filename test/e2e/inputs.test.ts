import { describe, expect } from 'vitest';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { FAILURE_TITLES } from '../../src/failure.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const NO_KEYS = { account_id: '', api_key: '', dd_api_key: '', dd_app_key: '' };

describe('invalid inputs', () => {
  test('are all listed in one annotation, and nothing is sent', async ({ datadog, run }) => {
    const result = await run(
      { site: 'acme.datadoghq.com', account_id: 'mine', region: 'mars', timeout: 'soon' },
      { secrets: [] },
    );
    expectFailure(result, 'inputs');
    expect(result.annotations).toHaveLength(1);
    for (const part of ['acme.datadoghq.com', 'mine', 'mars', 'soon']) {
      expect(result.errors[0]?.message).toContain(part);
      expect(result.summary).toContain(part);
    }
    expect(result.outputs).toMatchObject({ attempts: '0', errors: '[]' });
    expect(datadog.tunnels).toEqual([]);
  });

  test('never show a key', async ({ run }) => {
    const result = await run(
      { api_key: `"${KEYS.opsgenie}"`, dd_app_key: `${KEYS.datadogApp}\nmore` },
      { secrets: [] },
    );
    expectFailure(result, 'inputs');
    const text = printed(result);
    expect(text).not.toContain(KEYS.opsgenie);
    expect(text).not.toContain(KEYS.datadogApp);
  });

  test('cannot forge a workflow command or markup', async ({ run }) => {
    const result = await run({ region: '\n::error::forged', account_id: '##[stop-commands]x\r::warning::<b>|x|' });
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<b>');
  });

  test.for(['undefined', 'null', '$OPSGENIE_API_KEY', '<key>', '***'])(
    'are reported for a placeholder instead of a key: %s',
    async (api_key, { datadog, run }) => {
      const result = await run({ api_key }, { secrets: [] });
      expectFailure(result, 'inputs');
      expect(result.errors[0]?.message).toMatch(/^- api_key is a placeholder/m);
      expect(datadog.tunnels).toEqual([]);
    },
  );

  test('are listed next to a missing key, and the advice covers both', async ({ datadog, run }) => {
    const result = await run({ api_key: '', region: 'mars' });
    expectFailure(result, 'keys-missing');
    expect(result.annotations).toHaveLength(1);
    const [{ message } = { message: '' }] = result.errors;
    expect(message).toMatch(/^- api_key is empty/m);
    expect(message).toMatch(/^- region: "mars"/m);
    expect(message).toMatch(/^What to do: .*secrets.*other inputs/m);
    expect(datadog.tunnels).toEqual([]);
  });
});

test('an empty api_key is an error, not an update of the region alone', async ({ datadog, run }) => {
  const result = await run({ api_key: '' });
  expectFailure(result, 'keys-missing');
  expect(result.errors[0]?.message).toContain('region_only: true');
  expect(datadog.tunnels).toEqual([]);
});

describe('the annotation about missing keys', () => {
  const pull = (head: string | null) => ({
    pull_request: { head: { repo: head && { full_name: head } }, base: { repo: { full_name: 'acme/infrastructure' } } },
  });

  test.for([
    ['a pull request from a fork', 'mallory', pull('mallory/infrastructure'), 'Pull requests from forks'],
    ['a pull request from a deleted fork', 'mallory', pull(null), 'Pull requests from forks'],
    ["Dependabot's pull request", 'dependabot[bot]', pull('acme/infrastructure'), 'Runs started by Dependabot'],
  ] as const)('explains why GitHub withheld them: %s', async ([, actor, payload, reason], { run }) => {
    const result = await run(NO_KEYS, { event: { name: 'pull_request', actor, payload } });
    expectFailure(result, 'keys-missing');
    expect(result.errors[0]?.message).toContain(reason);
    expect(result.summary).toContain(reason);
  });

  test.for([
    ['a pull request from the same repository', 'pull_request', pull('acme/infrastructure')],
    ['pull_request_target, which gets secrets', 'pull_request_target', pull('mallory/infrastructure')],
    ['a push', 'push', {}],
  ] as const)('says nothing of this if GitHub did not withhold them: %s', async ([, name, payload], { run }) => {
    const result = await run(NO_KEYS, { event: { name, actor: 'octocat', payload } });
    expectFailure(result, 'keys-missing');
    expect(result.errors[0]?.message).not.toMatch(/fork|Dependabot/);
  });

  test('is the only one that mentions forks', async ({ run }) => {
    const event = { name: 'pull_request', actor: 'mallory', payload: pull('mallory/infrastructure') };
    const result = await run({ region: 'mars' }, { event });
    expectFailure(result, 'inputs');
    expect(result.errors[0]?.message).not.toMatch(/fork/);
  });
});

test('without any input, there is one annotation', async ({ datadog, run }) => {
  const nothing = Object.fromEntries(Object.keys(STEP.with).map((name) => [name, '']));
  const result = await run(nothing);
  expect(result.annotations).toMatchObject([{ level: 'error', title: FAILURE_TITLES['keys-missing'] }]);
  expectFailure(result, 'keys-missing');
  expect(datadog.tunnels).toEqual([]);
});
