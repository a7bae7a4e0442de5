import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';

// The scripts in the rotation workflow, run as the runner runs them: a file, and variables of the environment.

const { jobs } = parse(readFileSync('.github/workflows/rotate-opsgenie-key.yml', 'utf8'));

interface Ran {
  readonly status: number | null;
  readonly printed: string;
  readonly outputs: { readonly targets?: unknown; readonly dry_run?: unknown };
  readonly summary: string;
}

/** Runs a step of a job in a new folder, in which there are these files. */
function runScript(job: string, step: string, env: Record<string, string>, files: Record<string, string> = {}): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'rotation-'));
  const { run: script } = jobs[job].steps.find(({ name }: { name: string }) => name === step);
  for (const [name, content] of Object.entries({ script, output: '', summary: '', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const paths = { GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary', GITHUB_EVENT_PATH: 'event.json' };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['script'], {
    cwd: folder,
    env: { ...paths, ...env },
    encoding: 'utf8',
  });
  const lines = readFileSync(join(folder, 'output'), 'utf8').trim().split('\n').filter(Boolean);
  const outputs = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), JSON.parse(line.slice(line.indexOf('=') + 1))]),
  );
  const summary = readFileSync(join(folder, 'summary'), 'utf8');
  rmSync(folder, { recursive: true });
  return { status, printed: stdout + stderr, outputs, summary };
}

interface Start {
  readonly inputs?: unknown;
  /** The payload of a repository_dispatch. */
  readonly payload?: unknown;
  readonly targets?: unknown;
}

function readTargets({ inputs = null, payload, targets = [] }: Start): Ran {
  const env = {
    GITHUB_EVENT_NAME: payload === undefined ? 'workflow_dispatch' : 'repository_dispatch',
    INPUTS: JSON.stringify(inputs),
    TARGETS: typeof targets === 'string' ? targets : JSON.stringify(targets),
  };
  return runScript('targets', 'Read the targets', env, { 'event.json': JSON.stringify({ client_payload: payload }) });
}

const BY_HAND = { account_id: '', site: '', region: '', dry_run: false };
const LIST = [
  { account_id: ACCOUNT, site: 'us3.datadoghq.com', region: 'eu', environment: 'production' },
  { account_id: OTHER_ACCOUNT.toUpperCase() },
];
const ALL = [LIST[0], { account_id: OTHER_ACCOUNT }];

describe('the job of a target', () => {
  const { rotate } = jobs;

  test('never overlaps with another of its account, and is not cancelled when it runs', () => {
    expect(rotate.concurrency).toEqual({
      group: expect.stringMatching(/\{\{ matrix\.account_id \}\}/),
      'cancel-in-progress': false,
    });
  });

  test('does not end with another that fails', () => {
    expect(rotate.strategy).toMatchObject({ 'fail-fast': false, 'max-parallel': expect.any(Number) });
  });

  test('has the secrets of its environment', () => {
    expect(rotate.environment).toMatch(/\{\{ matrix\.environment \}\}/);
  });
});

describe('the targets of a rotation', () => {
  test.each<[string, Start, unknown]>([
    ['by hand: all', { inputs: BY_HAND, targets: LIST }, { targets: ALL, dry_run: false }],
    ['by hand: dry', { inputs: { ...BY_HAND, dry_run: true }, targets: LIST }, { targets: ALL, dry_run: true }],
    [
      'by hand: one of the list, in capitals, with its environment',
      { inputs: { ...BY_HAND, account_id: ` ${ACCOUNT.toUpperCase()} `, region: 'us' }, targets: LIST },
      { targets: [{ ...LIST[0], region: 'us' }], dry_run: false },
    ],
    [
      'by hand: one without a list',
      { inputs: { ...BY_HAND, account_id: ACCOUNT, site: 'datadoghq.eu' } },
      { targets: [{ account_id: ACCOUNT, site: 'datadoghq.eu' }], dry_run: false },
    ],
    ['by a rotator: all', { payload: {}, targets: LIST }, { targets: ALL, dry_run: false }],
    ['by a rotator: without a payload', { payload: null, targets: LIST }, { targets: ALL, dry_run: false }],
    [
      'by a rotator: one, dry',
      { payload: { account_id: ACCOUNT, dry_run: true }, targets: LIST },
      { targets: [LIST[0]], dry_run: true },
    ],
    ['called', { inputs: { targets: '[…]', dry_run: true }, targets: LIST }, { targets: ALL, dry_run: true }],
    [
      'called by what a payload started, which is not for it',
      { inputs: { targets: '[…]', dry_run: false }, payload: { api_key: KEYS.opsgenie }, targets: LIST },
      { targets: ALL, dry_run: false },
    ],
  ])('%s', (_, start, outputs) => {
    expect(readTargets(start)).toMatchObject({ status: 0, outputs, printed: '' });
  });

  test.each<[string, Start]>([
    ['no JSON', { targets: `[{"account_id": "${KEYS.opsgenie}` }],
    ['no list', { targets: { account_id: ACCOUNT } }],
    ['a list of texts', { targets: [ACCOUNT] }],
    ['null', { targets: [null] }],
    ['a key in a target', { targets: [{ account_id: ACCOUNT, api_key: KEYS.opsgenie }] }],
    ['a number', { targets: [{ account_id: 5 }] }],
    ['no account', { targets: [{ site: 'datadoghq.eu' }] }],
    ['an account that is no UUID', { targets: [{ account_id: KEYS.datadogApi }] }],
    ['an account twice', { targets: [{ account_id: ACCOUNT }, { account_id: ACCOUNT.toUpperCase() }] }],
    ['nothing', { targets: [] }],
    ['a call with an empty list, which is not all', { inputs: { targets: '', dry_run: false }, targets: LIST }],
    [
      'more than a matrix takes',
      { targets: Array.from({ length: 257 }, (_, n) => ({ account_id: `${n}`.padStart(8, '0') + ACCOUNT.slice(8) })) },
    ],
    ['a region without an account', { inputs: { ...BY_HAND, region: 'eu' }, targets: LIST }],
    ['a key in the payload', { payload: { account_id: ACCOUNT, api_key: KEYS.opsgenie }, targets: LIST }],
    ['an account that the list does not know', { inputs: { ...BY_HAND, account_id: UNKNOWN_ACCOUNT }, targets: LIST }],
    ['an account in the payload that is empty', { payload: { account_id: ' ' }, targets: LIST }],
    ['a key for an account', { payload: { account_id: KEYS.datadogApi } }],
    ['a payload that is a text', { payload: KEYS.opsgenie, targets: LIST }],
    ['dry_run that is neither true nor false', { payload: { dry_run: KEYS.opsgenie }, targets: LIST }],
  ])('are refused with one annotation that shows no value: %s', (_, start) => {
    const { status, printed, outputs } = readTargets(start);
    expect(status).toBe(1);
    expect(outputs).toEqual({});
    expect(printed).toMatch(/^::error title=[^:]+::[^\n]+\n$/);
    for (const key of Object.values(KEYS)) expect(printed).not.toContain(key);
  });
});

describe('the table of results', () => {
  const show = (targets: unknown, results: Record<string, unknown>, dryRun = 'false'): Ran =>
    runScript(
      'result',
      'Show them in one table',
      { TARGETS: JSON.stringify(targets), DRY_RUN: dryRun, ALL: 'failure' },
      Object.fromEntries(Object.entries(results).map(([id, result]) => [`results/${id}.json`, JSON.stringify(result)])),
    );

  test('has a line for each target, whether or not its result is known', () => {
    const { status, summary } = show(ALL, {
      [ACCOUNT]: { outcome: 'failure', outputs: { status_code: '422', attempts: '1' } },
    });
    expect(status).toBe(0);
    expect(summary).toContain(
      `| ❌ failure | \`${ACCOUNT}\` | \`us3.datadoghq.com\` | \`production\` |  | \`422\` | \`1\` |`,
    );
    expect(summary).toContain(`| ❌ not known | \`${OTHER_ACCOUNT}\` |`);
  });

  test('says what succeeded, and that it was a dry run', () => {
    const outputs = { region: 'eu', status_code: '200', attempts: '2' };
    const { summary } = show(ALL, { [OTHER_ACCOUNT]: { outcome: 'success', outputs } }, 'true');
    expect(summary).toContain(`| ✅ success | \`${OTHER_ACCOUNT}\` |  |  | \`eu\` | \`200\` | \`2\` |`);
    expect(summary).toContain('### ❌ Opsgenie accounts in Datadog (dry run): failure');
  });

  test('has a line also for a job that noted nothing', () => {
    expect(show(ALL, { [ACCOUNT]: null }).summary).toContain(`| ❌ not known | \`${ACCOUNT}\` |`);
  });

  test('holds what stands in a target as text', () => {
    const { summary } = show([{ account_id: ACCOUNT, site: '`|\n### <b>forged' }], {});
    expect(summary).toContain('` ### <b>forged`');
  });
});
