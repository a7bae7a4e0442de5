import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';

// Runs the scripts of the rotation workflow as the runner does: from a file, with environment variables.

const { on, jobs } = parse(readFileSync('.github/workflows/rotate-opsgenie-key.yml', 'utf8'));

interface Ran {
  readonly status: number | null;
  readonly printed: string;
  readonly outputs: { readonly targets?: unknown };
  readonly summary: string;
}

/** Runs a step of a job in a new folder that contains the given files. */
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
  /** The variable OPSGENIE_TARGETS. */
  readonly variable?: unknown;
}

function readTargets({ inputs = null, payload, variable = '' }: Start): Ran {
  const env = {
    GITHUB_EVENT_NAME: payload === undefined ? 'workflow_dispatch' : 'repository_dispatch',
    INPUTS: JSON.stringify(inputs),
    OPSGENIE_TARGETS: typeof variable === 'string' ? variable : JSON.stringify(variable),
  };
  return runScript('targets', 'Read the targets', env, { 'event.json': JSON.stringify({ client_payload: payload }) });
}

const DEFAULTS = { dry_run: false, verify_key: false, timeout: 300 };
const FORM = { account_id: '', site: '', region: '', ...DEFAULTS, timeout: '300' };
const LIST = [
  { account_id: ACCOUNT, site: 'us3.datadoghq.com', region: 'eu', environment: 'production' },
  { account_id: OTHER_ACCOUNT.toUpperCase() },
];
const [FIRST, SECOND] = [
  { ...LIST[0], ...DEFAULTS },
  { account_id: OTHER_ACCOUNT, ...DEFAULTS },
];
const CALL = { ...DEFAULTS, timeout: '300', targets: JSON.stringify(LIST) };

describe('the targets of a rotation', () => {
  test.each<[string, Start, unknown]>([
    ['from the form: all', { inputs: FORM, variable: LIST }, [FIRST, SECOND]],
    [
      'from the form: all, with other settings',
      { inputs: { ...FORM, dry_run: true, verify_key: true, timeout: '3600' }, variable: LIST },
      [FIRST, SECOND].map((target) => ({ ...target, dry_run: true, verify_key: true, timeout: 3600 })),
    ],
    [
      'from the form: one from the list, in capitals, in another region',
      { inputs: { ...FORM, account_id: ` ${ACCOUNT.toUpperCase()} `, region: ' us ' }, variable: LIST },
      [{ ...FIRST, region: 'us' }],
    ],
    [
      'from the form: one from the list, with a blank site and region',
      { inputs: { ...FORM, account_id: ACCOUNT, site: ' ', region: ' ' }, variable: LIST },
      [FIRST],
    ],
    [
      'from the form: one without a list',
      { inputs: { ...FORM, account_id: ACCOUNT, site: 'datadoghq.eu' } },
      [{ account_id: ACCOUNT, site: 'datadoghq.eu', ...DEFAULTS }],
    ],
    ['from a payload: all', { payload: {}, variable: LIST }, [FIRST, SECOND]],
    [
      'from a payload: all, with settings as strings',
      { payload: { dry_run: 'false', verify_key: 'false', timeout: '300' }, variable: LIST },
      [FIRST, SECOND],
    ],
    ['from an event without a payload: all', { payload: null, variable: LIST }, [FIRST, SECOND]],
    [
      'from a payload: one, with other settings',
      { payload: { account_id: ACCOUNT, dry_run: true, verify_key: 'true', timeout: 60 }, variable: LIST },
      [{ ...FIRST, dry_run: true, verify_key: true, timeout: 60 }],
    ],
    ['from a call, which ignores the variable', { inputs: CALL, variable: 'not JSON' }, [FIRST, SECOND]],
    [
      'from a call, with other settings',
      { inputs: { ...CALL, dry_run: true, verify_key: true, timeout: '60' } },
      [FIRST, SECOND].map((target) => ({ ...target, dry_run: true, verify_key: true, timeout: 60 })),
    ],
    [
      'from a call, which ignores the payload of its caller',
      { inputs: CALL, payload: { api_key: KEYS.opsgenie, dry_run: true } },
      [FIRST, SECOND],
    ],
  ])('%s', (_, start, targets) => {
    const { status, outputs, printed } = readTargets(start);
    expect(printed).toBe('');
    expect(status).toBe(0);
    expect(outputs).toEqual({ targets });
  });

  const NAMES = 'account_id, site, region, environment';
  const EXPOSED = 'If another field holds a key, anyone who can see this run can read it: rotate that key again.';
  const invalid = (problem: string): string => `The variable OPSGENIE_TARGETS is invalid. ${problem}`;

  test.each<[string, Start, string]>([
    [
      'a variable that is not JSON',
      { variable: `[{"account_id": "${KEYS.opsgenie}` },
      'The variable OPSGENIE_TARGETS is not valid JSON. It must be a JSON array such as [{"account_id": "…"}].',
    ],
    [
      'a variable that is not a list',
      { variable: { account_id: ACCOUNT } },
      'The variable OPSGENIE_TARGETS is not a JSON array.',
    ],
    ['a string as a target', { variable: [KEYS.opsgenie] }, invalid('Target 1 is not an object.')],
    [
      'several invalid targets',
      { variable: [LIST[0], null, [], { account_id: 5 }] },
      invalid('Target 2 is not an object. Target 3 is not an object. Target 4 has a value that is not a string.'),
    ],
    [
      'a key in a target',
      { variable: [LIST[0], { account_id: OTHER_ACCOUNT, api_key: KEYS.opsgenie }] },
      invalid(`Target 2 (${OTHER_ACCOUNT}) has a field other than ${NAMES}. ${EXPOSED}`),
    ],
    [
      'a key as the name of a field',
      { variable: [{ account_id: ACCOUNT, [KEYS.opsgenie]: '' }] },
      invalid(`Target 1 (${ACCOUNT}) has a field other than ${NAMES}. ${EXPOSED}`),
    ],
    [
      'a number in a target',
      { variable: [{ account_id: ACCOUNT, site: 5 }] },
      invalid(`Target 1 (${ACCOUNT}) has a value that is not a string.`),
    ],
    [
      'a target without an account',
      { variable: [{ site: 'datadoghq.eu' }] },
      invalid('Target 1 has no account_id, or one that is not a UUID.'),
    ],
    [
      'a key as the account of a target',
      { variable: [{ account_id: KEYS.datadogApi }] },
      invalid('Target 1 has no account_id, or one that is not a UUID.'),
    ],
    [
      'the same account twice',
      { variable: [...LIST, { account_id: ` ${ACCOUNT.toUpperCase()}` }] },
      invalid(`Target 3 (${ACCOUNT}) has the same account_id as target 1.`),
    ],
    [
      'an invalid list, even if only one account of it is asked for',
      { inputs: { ...FORM, account_id: ACCOUNT }, variable: [LIST[0], 5] },
      invalid('Target 2 is not an object.'),
    ],
    [
      'a form without an account or a list',
      { inputs: FORM },
      'There is nothing to update. Set account_id, or list the targets in the repository variable OPSGENIE_TARGETS.',
    ],
    [
      'a call with an empty list, which does not mean all targets',
      { inputs: { ...CALL, targets: '[]' }, variable: LIST },
      'The targets input is empty. Pass at least one target.',
    ],
    [
      'a call with an empty text, which does not mean all targets',
      { inputs: { ...CALL, targets: '' }, variable: LIST },
      'The targets input is empty. Pass at least one target.',
    ],
    [
      'a call with an invalid target',
      { inputs: { ...CALL, targets: '[{}]' } },
      'The targets input is invalid. Target 1 has no account_id, or one that is not a UUID.',
    ],
    [
      'more targets than a matrix can have',
      {
        variable: Array.from({ length: 257 }, (_, n) => ({
          account_id: `${n}`.padStart(8, '0') + ACCOUNT.slice(8),
        })),
      },
      'There are more than 256 targets, the most that a matrix can have.',
    ],
    [
      'a region without an account',
      { inputs: { ...FORM, region: 'eu' }, variable: LIST },
      'site and region can only be set together with account_id.',
    ],
    [
      'a blank account in the form, which does not mean all targets',
      { inputs: { ...FORM, account_id: ' \t' }, variable: LIST },
      'account_id is not a UUID. To update all targets, leave it empty.',
    ],
    [
      'an empty account in the payload, which does not mean all targets',
      { payload: { account_id: '' }, variable: LIST },
      'account_id is not a UUID. To update all targets, leave it out.',
    ],
    [
      'null as the account in the payload, which does not mean all targets',
      { payload: { account_id: null }, variable: LIST },
      'account_id is not a UUID. To update all targets, leave it out.',
    ],
    [
      'a key as the account in the payload',
      { payload: { account_id: KEYS.datadogApi } },
      'account_id is not a UUID. To update all targets, leave it out.',
    ],
    [
      'an account that is not in the list',
      { inputs: { ...FORM, account_id: UNKNOWN_ACCOUNT }, variable: LIST },
      `The variable OPSGENIE_TARGETS does not list account ${UNKNOWN_ACCOUNT}.`,
    ],
    ...[{ account_id: ACCOUNT, api_key: KEYS.opsgenie }, KEYS.opsgenie, [], 5].map(
      (payload): [string, Start, string] => [
        `the payload ${JSON.stringify(payload).replaceAll(KEYS.opsgenie, '<key>')}`,
        { payload, variable: LIST },
        `client_payload must be an object with no fields other than account_id, site, region, dry_run, verify_key, timeout. ${EXPOSED}`,
      ],
    ),
    ...['dry_run', 'verify_key'].flatMap((name) =>
      ['', null, 0, 'yes', KEYS.opsgenie].map((value): [string, Start, string] => [
        `${JSON.stringify(value).replace(KEYS.opsgenie, '<key>')} as ${name}`,
        { payload: { [name]: value }, variable: LIST },
        `${name} must be true or false.`,
      ]),
    ),
    ...['', null, true, '0', 3601, '1.5', '-5', '5m', '1e3', KEYS.opsgenie].map((value): [string, Start, string] => [
      `${JSON.stringify(value).replace(KEYS.opsgenie, '<key>')} as timeout`,
      { payload: { timeout: value }, variable: LIST },
      'timeout must be a whole number of seconds from 1 to 3600.',
    ]),
  ])('cannot be: %s', (_, start, message) => {
    const { status, printed, outputs } = readTargets(start);
    expect(printed).toBe(`::error title=Invalid rotation::${message}\n`);
    expect(status).toBe(1);
    expect(outputs).toEqual({});
    for (const key of Object.values(KEYS)) expect(printed).not.toContain(key);
  });

  test('come with the same settings from the form and from a call', () => {
    for (const name of Object.keys(DEFAULTS)) {
      expect(on.workflow_call.inputs[name]).toEqual(on.workflow_dispatch.inputs[name]);
    }
  });
});

describe('the job of a target', () => {
  const { rotate } = jobs;
  const update = rotate.steps[0];

  test('never overlaps with another job of its account, and is not cancelled while it runs', () => {
    expect(rotate.concurrency).toEqual({
      group: expect.stringMatching(/\{\{ matrix\.account_id \}\}/),
      'cancel-in-progress': false,
    });
  });

  test('does not stop when another one fails', () => {
    expect(rotate.strategy).toMatchObject({ 'fail-fast': false, 'max-parallel': expect.any(Number) });
  });

  test('gets the secrets of its environment', () => {
    expect(rotate.environment).toMatch(/\{\{ matrix\.environment \}\}/);
  });

  test('gets its settings together with its account, so that none of them can be lost alone', () => {
    expect(Object.keys(jobs.targets.outputs)).toEqual(['targets']);
    for (const name of ['account_id', 'site', 'region', ...Object.keys(DEFAULTS)]) {
      expect(update.with[name]).toMatch(new RegExp(`^\\$\\{\\{ matrix\\.${name} \\}\\}$`));
    }
  });

  test('is given more time than the largest timeout', () => {
    expect(rotate['timeout-minutes']).toBeGreaterThan(60);
  });

  test('succeeds or fails with the update, not with the table', () => {
    expect(update).not.toHaveProperty('continue-on-error');
    for (const step of rotate.steps.slice(1)) expect(step).toMatchObject({ 'continue-on-error': true });
  });

  test('saves its result under a name that a dry run does not share', () => {
    const [, save, upload] = rotate.steps;
    expect(rotate.env.RESULT_NAME).toMatch(/matrix\.account_id \}\}\$\{\{ matrix\.dry_run && '-dry-run' \|\| '' \}\}$/);
    expect(save.env.FILE).toBe(upload.with.path);
    expect(upload.with.name).toMatch(/^\$\{\{ env\.RESULT_NAME \}\}$/);
  });

  test('saves its result unchanged', () => {
    const RESULT = JSON.stringify({ outcome: 'failure', outputs: { failure: 'forbidden' } });
    expect(runScript('rotate', 'Save the result', { RESULT, FILE: 'summary' })).toMatchObject({
      status: 0,
      summary: RESULT,
    });
  });
});

describe('the table of results', () => {
  const show = (targets: unknown, results: Record<string, unknown>, JOBS = 'failure'): Ran => {
    const files = Object.entries(results).map(([name, result]) => [
      `results/opsgenie-account-${name}.json`,
      typeof result === 'string' ? result : JSON.stringify(result),
    ]);
    const env = { TARGETS: JSON.stringify(targets), JOBS };
    return runScript('result', 'Show the results in a table', env, Object.fromEntries(files));
  };
  const success = { outcome: 'success', outputs: { updated: 'true', region: 'eu', status_code: '200', attempts: '2' } };
  const failure = {
    outcome: 'failure',
    outputs: { updated: 'false', failure: 'forbidden', status_code: '403', attempts: '1' },
  };

  test('has a row for each target', () => {
    expect(show([FIRST, SECOND], { [ACCOUNT]: failure, [OTHER_ACCOUNT]: success })).toMatchObject({
      status: 0,
      printed: '',
      summary: [
        '### ❌ Opsgenie accounts in Datadog: at least one job failed',
        '',
        '| Result | Account | Site | Environment | Updated | Failure | Region | HTTP status | Attempts |',
        '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
        `| ❌ failure | \`${ACCOUNT}\` | \`us3.datadoghq.com\` | \`production\` | \`false\` | \`forbidden\` |  | \`403\` | \`1\` |`,
        `| ✅ success | \`${OTHER_ACCOUNT}\` |  |  | \`true\` |  | \`eu\` | \`200\` | \`2\` |`,
        '',
      ].join('\n'),
    });
  });

  test.each([
    ['success', '✅', 'all jobs succeeded'],
    ['failure', '❌', 'at least one job failed'],
    ['cancelled', '❔', 'at least one job was cancelled'],
  ])('says how the jobs ended: %s', (state, icon, text) => {
    const { summary } = show([FIRST], { [ACCOUNT]: success }, state);
    expect(summary).toContain(`### ${icon} Opsgenie accounts in Datadog: ${text}\n`);
  });

  test('says that it was a dry run, and does not show the result of a real one in the same run', () => {
    const target = { ...FIRST, dry_run: true };
    const { summary } = show([target], { [ACCOUNT]: failure, [`${ACCOUNT}-dry-run`]: success }, 'success');
    expect(summary).toContain('### ✅ Opsgenie accounts in Datadog (dry run): all jobs succeeded\n');
    expect(summary).toContain(`| ✅ success | \`${ACCOUNT}\` |`);
    expect(summary).not.toContain('❔');
  });

  test.each([
    ['is missing', {}],
    ['is empty', { [ACCOUNT]: '' }],
    ['is null, because the update did not start', { [ACCOUNT]: null }],
    ['belongs to a dry run', { [`${ACCOUNT}-dry-run`]: success }],
  ])('shows a result as unknown, neither good nor bad, if it %s', (_, results) => {
    const { status, summary } = show([FIRST], results, 'success');
    expect(status).toBe(0);
    expect(summary).toContain(`\n| ❔ unknown | \`${ACCOUNT}\` |`);
    expect(summary).toContain('\n❔ unknown: the result did not reach this table. The log of the job shows it.\n');
    expect(summary).not.toContain('❌');
  });

  test('shows a cancelled update as neither good nor bad', () => {
    const { summary } = show([FIRST], { [ACCOUNT]: { outcome: 'cancelled', outputs: {} } }, 'cancelled');
    expect(summary).toContain(`| ❔ cancelled | \`${ACCOUNT}\` |`);
  });

  test('keeps hostile text inside its cell', () => {
    const site = '`|\r\n### <b>forged';
    const outputs = { region: '` | `<img src=x>` |' };
    const { summary } = show([{ ...FIRST, site }], { [ACCOUNT]: { outcome: 'failure', outputs } });
    const row = summary.split('\n').find((line) => line.startsWith('| ❌'));
    expect(row).toBe(
      `| ❌ failure | \`${ACCOUNT}\` | \` ### <b>forged\` | \`production\` |  |  | \` <img src=x> \` |  |  |`,
    );
  });

  test('is replaced by an error if GitHub dropped the list of targets', () => {
    const { status, printed, summary } = runScript('result', 'Show the results in a table', {
      TARGETS: '',
      JOBS: 'skipped',
    });
    expect(printed).toMatch(/^::error title=Targets lost::No account was updated\. [^\n]+\n$/);
    expect(status).toBe(1);
    expect(summary).toBe('');
    expect(jobs.rotate.if).toMatch(/needs\.targets\.outputs\.targets != ''/);
    expect(jobs.result.if).not.toContain('rotate');
  });
});
