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

describe('the update succeeds, with a warning, although', () => {
  const faults: { readonly [name: string]: readonly [Record<string, string | undefined>, string] } = {
    'the summary file is missing': [{ GITHUB_STEP_SUMMARY: join(FOLDER, 'none', 'summary.md') }, 'job summary'],
    'the summary file is a folder': [{ GITHUB_STEP_SUMMARY: FOLDER }, 'job summary'],
    'there is no summary': [{ GITHUB_STEP_SUMMARY: undefined }, 'job summary'],
    'the output file is missing': [{ GITHUB_OUTPUT: join(FOLDER, 'none') }, 'outputs'],
    'the event file is missing': [{ GITHUB_EVENT_PATH: join(FOLDER, 'none') }, 'GITHUB_EVENT_PATH'],
    'the event file is empty': [{ GITHUB_EVENT_PATH: file('empty.json', '') }, 'GITHUB_EVENT_PATH'],
    'the event file is no JSON': [
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
    expect(datadog.organisation.accounts.get(ACCOUNT)?.apiKey).toBe(KEYS.opsgenie);
  });
});

test('a failure stays a failure where nothing can be written', async ({ run }) => {
  const env = { GITHUB_STEP_SUMMARY: FOLDER, GITHUB_OUTPUT: FOLDER, GITHUB_EVENT_PATH: FOLDER };
  const result = await run({ account_id: 'mine' }, { env });
  expect(result.exitCode).toBe(1);
  expect(result.errors).toHaveLength(1);
  expect(result.warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('outputs'),
    expect.stringContaining('summary'),
  ]);
});

describe('what the event file holds', () => {
  test.for([null, 42, 'text', [], {}, { pull_request: null }, { pull_request: { head: 7, base: [] } }])(
    '%j does not matter to the update',
    async (payload, { run }) => {
      const result = await run({}, { event: { name: 'pull_request', actor: 'octocat', payload } });
      expect(result.exitCode).toBe(0);
      expect(result.warnings).toEqual([]);
    },
  );

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
  ])('is not named where it is not known: %j', async (env, { run }) => {
    const result = await run({}, { env });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toEqual([]);
    expect(result.summary).toContain('| Started by | – |');
  });
});

test('a failure with an annotation for a file that is no JSON shows nothing of the file', async ({ run }) => {
  const env = { GITHUB_EVENT_PATH: file('keys.json', `{"key": ${KEYS.withoutPermission}`) };
  const result = await run({ api_key: '' }, { env });
  expectFailure(result, 'keys-missing');
  expect(result.raw).not.toContain(KEYS.withoutPermission);
});
