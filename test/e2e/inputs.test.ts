import { describe, expect } from 'vitest';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const EMPTY = { account_id: '', api_key: '', dd_api_key: '', dd_app_key: '' };

describe('inputs that cannot be used', () => {
  test('end in one annotation with every problem, and nothing is sent', async ({ datadog, run }) => {
    const result = await run({ site: 'acme.datadoghq.com', account_id: 'mine', region: 'mars', timeout: 'soon' });
    expect(result.exitCode).toBe(1);
    expect(result.annotations).toHaveLength(1);
    for (const part of ['acme.datadoghq.com', 'mine', 'mars', 'soon']) {
      expect(result.errors[0]?.message).toContain(part);
      expect(result.summary).toContain(part);
    }
    expect(result.outputs).toEqual({ status_code: '', attempts: '0', errors: '[]' });
    expect(datadog.tunnels).toEqual([]);
  });

  test('never show a key', async ({ run }) => {
    const result = await run(
      { api_key: `"${KEYS.opsgenie}"`, dd_app_key: `${KEYS.datadogApp}\nmore` },
      { secrets: [] },
    );
    expect(result.exitCode).toBe(1);
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
});

describe('an api_key that is empty', () => {
  test('is an error, not an update of the region alone', async ({ datadog, run }) => {
    const result = await run({ api_key: '' });
    expect(result.exitCode).toBe(1);
    expect(result.errors[0]?.message).toContain('region_only: true');
    expect(datadog.requests).toEqual([]);
  });
});

describe('empty keys where GitHub gives no secrets', () => {
  const pull = (head: string | null) => ({
    pull_request: { head: { repo: head && { full_name: head } }, base: { repo: { full_name: 'acme/infrastructure' } } },
  });

  test.for([
    ['a pull request from a fork', 'pull_request', 'mallory', pull('mallory/infrastructure')],
    ['a pull request from a fork that is gone', 'pull_request', 'mallory', pull(null)],
  ] as const)('%s: the annotation says so', async ([, name, actor, payload], { run }) => {
    const result = await run(EMPTY, { event: { name, actor, payload } });
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]?.message).toMatch(/fork/);
  });

  test('Dependabot: the annotation says so', async ({ run }) => {
    const event = { name: 'pull_request', actor: 'dependabot[bot]', payload: pull('acme/infrastructure') };
    expect((await run(EMPTY, { event })).errors[0]?.message).toMatch(/Dependabot/);
  });

  test.for([
    ['a pull request of the repository itself', 'pull_request', pull('acme/infrastructure')],
    ['pull_request_target, which gets secrets', 'pull_request_target', pull('mallory/infrastructure')],
    ['a push', 'push', {}],
  ] as const)('%s: the annotation does not', async ([, name, payload], { run }) => {
    const result = await run(EMPTY, { event: { name, actor: 'octocat', payload } });
    expect(result.errors[0]?.message).not.toMatch(/fork|Dependabot/);
  });

  test('nor where all keys are there', async ({ run }) => {
    const event = { name: 'pull_request', actor: 'mallory', payload: pull('mallory/infrastructure') };
    expect((await run({ region: 'mars' }, { event })).errors[0]?.message).not.toMatch(/fork/);
  });
});

test('every input of the step may be missing', async ({ datadog, run }) => {
  const nothing = Object.fromEntries(Object.keys(STEP.with).map((name) => [name, '']));
  const result = await run(nothing);
  expect(result.exitCode).toBe(1);
  expect(result.errors).toHaveLength(1);
  expect(datadog.tunnels).toEqual([]);
});
