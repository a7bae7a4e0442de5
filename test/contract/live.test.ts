import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Ran, runScript } from '../support/workflow-script.ts';

// Runs the scripts of live.yml: a live check that is green although it checked nothing would be worse than none.

const workflow = parse(readFileSync('.github/workflows/live.yml', 'utf8'));
const { steps } = workflow.jobs.live;
const uses = steps.filter((step: { uses?: string }) => step.uses === './');
const first = steps.find(({ name }: { name?: string }) => name === 'Check that the environment is complete');
const last = steps.at(-1);

const VARIABLES = { SITE: 'datadoghq.eu', ACCOUNT_ID: '596da4af-0563-4097-90ff-07230c3f9db3', REGION: 'eu' };
const ACCOUNT = { account_id: VARIABLES.ACCOUNT_ID, region: VARIABLES.REGION };
const FAILED = { outcome: 'failure', updated: 'false' };

/** The steps after a good run: outcome and outputs. */
const GOOD: { readonly [id: string]: { readonly [name: string]: string } } = {
  'no-account': { ...FAILED, failure: 'inputs' },
  'dry-run': { outcome: 'success', updated: 'false', status_code: '200', ...ACCOUNT },
  'unknown-account': { ...FAILED, failure: 'not-found', status_code: '404' },
  'unknown-key': { ...FAILED, failure: 'key-rejected' },
  update: { outcome: 'success', updated: 'true', status_code: '200', ...ACCOUNT },
};

/** Runs the last step. Expressions that name a missing value are empty, as on GitHub. */
function check(results: typeof GOOD, variables: { readonly [name: string]: string } = VARIABLES): Ran {
  const env = Object.entries<string>(last.env).map(([name, text]) => [
    name,
    text
      .replaceAll(/\$\{\{ vars\.(\w+) \}\}/g, (_, key) => variables[key] ?? '')
      .replaceAll(/\$\{\{ steps\.([\w-]+)\.(?:outputs\.)?(\w+) \}\}/g, (_, id, key) => results[id]?.[key] ?? ''),
  ]);
  return runScript(last.run, Object.fromEntries(env));
}

// live.yml runs on Linux. On Windows, `bash` may start WSL, which has other environment variables.
describe.skipIf(process.platform === 'win32')('the live check', () => {
  test('is green if every step did what it must, and prints each expectation', () => {
    const { status, printed } = check(GOOD);
    expect(printed).toContain('Unknown key\n  expected: outcome=failure failure=key-rejected updated=false');
    expect(printed.match(/expected:/g)).toHaveLength(uses.length);
    expect(status).toBe(0);
  });

  const bad = Object.entries(GOOD).flatMap(([id, result]) => [
    [id, 'was skipped', { outcome: 'skipped' }] as const,
    [id, 'set no outputs', { outcome: result.outcome ?? '' }] as const,
    ...Object.keys({ failure: '', status_code: '', ...result }).map(
      (name) => [id, `has another ${name}`, { ...result, [name]: 'other' }] as const,
    ),
  ]);

  test.each(bad)('fails if the step %s %s', (id, _, result) => {
    expect(check({ ...GOOD, [id]: result })).toEqual({ status: 1, printed: expect.stringContaining('::error::') });
  });

  test('fails without an account, even if the outputs are empty as well', () => {
    const [dryRun, update] = [GOOD['dry-run'], GOOD.update].map((result) => ({ ...result, account_id: '' }));
    const results = { ...GOOD, 'dry-run': dryRun ?? {}, update: update ?? {} };
    expect(check(results, { ...VARIABLES, ACCOUNT_ID: '' }).status).toBe(1);
  });

  test.each(Object.keys(first.env))('does not start without %s', (missing) => {
    const env = Object.fromEntries(Object.keys(first.env).map((name) => [name, name === missing ? '' : 'x']));
    expect(runScript(first.run, env)).toEqual({
      status: 1,
      printed: `::error::${missing} is missing in the environment live.\n`,
    });
  });
});

test('the live check needs approval, and a failing step does not hide the following ones', () => {
  expect([workflow.on, workflow.jobs.live.environment]).toEqual(['workflow_dispatch', 'live']);
  expect(uses.map(({ id }: { id: string }) => id)).toEqual(Object.keys(GOOD));
  for (const step of uses) expect(step['continue-on-error']).toBe(true);
  expect(steps.filter((step: object) => 'if' in step)).toEqual([uses.at(-1)]);
});

test('only the last step can update the account, with the key that is in use', () => {
  const real = uses.filter(({ with: inputs }: { with: Record<string, unknown> }) => {
    return inputs.dry_run !== true && String(inputs.account_id).startsWith('${{');
  });
  expect(real).toEqual([uses.at(-1)]);
  expect(real[0].with).toMatchObject({
    api_key: expect.stringContaining('secrets.OPSGENIE_API_KEY'),
    verify_key: true,
  });
  expect(real[0].if).toContain("steps.dry-run.outcome == 'success' && steps.dry-run.outputs.region == vars.REGION");
});
