import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'files-'));

function file(name: string, content: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  return path;
}

describe('the update succeeds with a warning if', () => {
  const faults: { readonly [name: string]: readonly [Record<string, string | undefined>, string] } = {
    'the summary file cannot be created': [{ GITHUB_STEP_SUMMARY: join(FOLDER, 'none', 'summary.md') }, 'job summary'],
    'the summary file is a folder': [{ GITHUB_STEP_SUMMARY: FOLDER }, 'job summary'],
    'no summary file is set': [{ GITHUB_STEP_SUMMARY: undefined }, 'job summary'],
    'the output file does not exist': [{ GITHUB_OUTPUT: join(FOLDER, 'none') }, 'outputs'],
    'the event file does not exist': [{ GITHUB_EVENT_PATH: join(FOLDER, 'none') }, 'GITHUB_EVENT_PATH'],
    'the event file is empty': [{ GITHUB_EVENT_PATH: file('empty.json', '') }, 'GITHUB_EVENT_PATH'],
    'the event file is not valid JSON': [
      { GITHUB_EVENT_PATH: file('text.json', `{"key": ${KEYS.opsgenie}`) },
      'GITHUB_EVENT_PATH',
    ],
  };
  test.for(Object.entries(faults))('%s', async ([, [env, named]], { datadog, run }) => {
    const result = await run({}, { env, secrets: [] });
    expect(result.exitCode).toBe(0);
    expect(result.errors).toEqual([]);
    expect(result.warnings.map(({ message }) => message)).toEqual([expect.stringContaining(named)]);
    expect(printed(result)).not.toContain(KEYS.opsgenie);
    expect(datadog.organization.accounts.get(ACCOUNT)?.apiKey).toBe(KEYS.opsgenie);
  });
});

test('a failure is reported even if no file can be written', async ({ run }) => {
  const env = { GITHUB_STEP_SUMMARY: FOLDER, GITHUB_OUTPUT: FOLDER, GITHUB_EVENT_PATH: FOLDER };
  const result = await run({ account_id: 'mine' }, { env });
  expect(result.exitCode).toBe(1);
  expect(result.errors).toHaveLength(1);
  expect(result.warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('outputs'),
    expect.stringContaining('summary'),
  ]);
});

const PAYLOADS = [null, 42, 'text', [], {}, { pull_request: null }, { pull_request: { head: 7, base: [] } }];

describe('the event', () => {
  test.for(PAYLOADS.map((payload) => ({ payload })))('can have any payload: %j', async ({ payload }, { run }) => {
    const result = await run({}, { event: { name: 'pull_request', actor: 'octocat', payload } });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toEqual([]);
  });

  test('cannot forge anything in the summary', async ({ run }) => {
    const event = { name: '<script>|x|\n### forged', actor: '[x](https://evil.example)\r::error::forged', payload: {} };
    const result = await run({}, { event });
    expect(result.exitCode).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(result.summary).not.toMatch(/<script>|^### forged|\[x\]\(/m);
  });

  test.for([
    { GITHUB_EVENT_PATH: '', GITHUB_EVENT_NAME: '', GITHUB_ACTOR: '' },
    { GITHUB_EVENT_NAME: '' },
    { GITHUB_ACTOR: '' },
  ])('is left out of the summary if it is not known: %j', async (env, { run }) => {
    const result = await run({}, { env });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toEqual([]);
    expect(result.summary).toContain('| Started by | – |');
  });
});

test('an event file that is not valid JSON never appears in the output', async ({ run }) => {
  const env = { GITHUB_EVENT_PATH: file('keys.json', `{"key": ${KEYS.withoutPermission}`) };
  const result = await run({ api_key: '' }, { env });
  expectFailure(result, 'keys-missing');
  expect(result.raw).not.toContain(KEYS.withoutPermission);
});
