import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Ran, runScript } from '../support/workflow-script.ts';

// Runs the scripts in live.yml. A live check that passes without checking anything would be worse than none.

const { on, jobs } = parse(readFileSync('.github/workflows/live.yml', 'utf8'));
const { environment, steps } = jobs.live;
const uses = steps.filter((step: { uses?: string }) => step.uses === './');
const first = steps.find(({ name }: { name?: string }) => name === 'Check that the environment is complete');
const last = steps.at(-1);

const VARIABLES = { ACCOUNT_ID: '596da4af-0563-4097-90ff-07230c3f9db3', REGION: 'eu' };
const SUCCESS = { outcome: 'success', status_code: '200', account_id: VARIABLES.ACCOUNT_ID, region: VARIABLES.REGION };
const FAILURE = { outcome: 'failure', updated: 'false' };

/** The outcome and outputs that each step must have. */
const EXPECTED: { readonly [id: string]: { readonly [name: string]: string } } = {
  'no-account': { ...FAILURE, failure: 'inputs' },
  'dry-run': { ...SUCCESS, updated: 'false' },
  'unknown-account': { ...FAILURE, failure: 'not-found', status_code: '404' },
  'unknown-key': { ...FAILURE, failure: 'key-rejected' },
  update: { ...SUCCESS, updated: 'true' },
};

/** Runs the last step after steps with these results. Missing values are empty, as on GitHub. */
function runLastStep(results: typeof EXPECTED): Ran {
  const contexts: typeof EXPECTED = { ...results, vars: VARIABLES };
  const expression = /\$\{\{ (?:steps\.)?([\w-]+)\.(?:outputs\.)?(\w+) \}\}/g;
  const env = Object.entries<string>(last.env).map(([variable, text]) => [
    variable,
    text.replaceAll(expression, (_, context, name) => contexts[context]?.[name] ?? ''),
  ]);
  return runScript(last.run, Object.fromEntries(env));
}

// On Windows, `bash` may start WSL, which has other environment variables.
describe.skipIf(process.platform === 'win32')('live.yml', () => {
  test('passes if every step has the expected result', () => {
    expect(runLastStep(EXPECTED).status).toBe(0);
  });

  test('fails if a step was skipped or has another result', () => {
    for (const [id, result] of Object.entries(EXPECTED)) {
      const names = Object.keys({ failure: '', status_code: '', ...result });
      const others = names.map((name) => ({ ...result, [name]: 'other' }));
      for (const other of [{ outcome: 'skipped' }, { outcome: result.outcome ?? '' }, ...others]) {
        const ran = runLastStep({ ...EXPECTED, [id]: other });
        const error = expect.stringMatching(/^::error::.+: expected outcome=/m);
        expect(ran, `${id}: ${JSON.stringify(other)}`).toEqual({ status: 1, printed: error });
      }
    }
  });

  test('does not start if a variable or secret is missing', () => {
    const names = Object.keys(first.env);
    for (const missing of names) {
      const env = Object.fromEntries(names.map((name) => [name, name === missing ? '' : 'x']));
      const printed = `::error::${missing} is missing in the live environment.\n`;
      expect(runScript(first.run, env)).toEqual({ status: 1, printed });
    }
  });
});

test('live.yml needs a manual start and runs every step even if a previous one fails', () => {
  expect([on, environment]).toEqual(['workflow_dispatch', 'live']);
  expect(uses.map(({ id }: { id: string }) => id)).toEqual(Object.keys(EXPECTED));
  expect(steps.filter((step: object) => 'continue-on-error' in step)).toEqual(uses);
  expect(steps.filter((step: object) => 'if' in step)).toEqual([uses.at(-1)]);
});

test('live.yml can update the account only in its last step, with the key in the secret and the current region', () => {
  const updates = uses.filter(({ with: { dry_run, account_id } }: { with: Record<string, unknown> }) => {
    return dry_run !== true && String(account_id).startsWith('${{');
  });
  expect(updates).toEqual([uses.at(-1)]);
  const api_key = expect.stringContaining('secrets.OPSGENIE_API_KEY');
  expect(updates[0].with).toMatchObject({ api_key, verify_key: true });
  expect(updates[0].if).toContain("steps.dry-run.outcome == 'success' && steps.dry-run.outputs.region == vars.REGION");
});
