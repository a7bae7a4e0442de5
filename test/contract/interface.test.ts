import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metadata as action } from '../../simulation/runner.ts';
import { OUTPUTS } from '../../src/github/outcome.ts';
import { INPUTS, type Input, readInputs } from '../../src/inputs.ts';

const CODE_INPUTS = Object.entries<Input>(INPUTS);

describe('action.yml', () => {
  test('declares exactly the inputs that the code reads, with the same defaults', () => {
    const declared = Object.entries(action.inputs).map(([name, { default: value }]) => [name, value]);
    const read = CODE_INPUTS.map(([name, { default: value }]) => [name, value]);
    expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(read));
  });

  test('declares exactly the outputs that the code sets', () => {
    expect(Object.keys(action.outputs).sort()).toEqual([...OUTPUTS].sort());
  });

  test('names the environment variable that replaces an empty input', () => {
    for (const [name, { variable }] of CODE_INPUTS) {
      const [, documented] = /the `(\w+)` environment variable/.exec(action.inputs[name]?.description ?? '') ?? [];
      expect([name, documented]).toEqual([name, variable]);
    }
  });

  test('says "from a secret" for exactly the inputs that the code masks', () => {
    const values = CODE_INPUTS.map(([name]) => [`INPUT_${name.toUpperCase()}`, `long value of ${name}`]);
    const documented = Object.keys(action.inputs).filter((name) =>
      action.inputs[name]?.description.includes('from a secret'),
    );
    const { keys } = readInputs(Object.fromEntries(values));
    expect(keys.map(({ text }) => text).sort()).toEqual(documented.map((name) => `long value of ${name}`).sort());
  });

  test('requires only account_id', () => {
    const required = Object.entries(action.inputs).filter(([, input]) => input.required);
    expect(required.map(([name]) => name)).toEqual(['account_id']);
  });
});

describe('README.md', () => {
  const readme = readFileSync('README.md', 'utf8');

  test('describes the inputs in the words of action.yml', () => {
    const rows = Object.entries(action.inputs).map(([name, { required, default: value, description }]) => {
      const shownDefault = value === undefined ? '' : `\`${value}\``;
      return `| \`${name}\` | ${required ? 'yes' : 'no'} | ${shownDefault} | ${description} |\n`;
    });
    expect(readme).toContain(`|---|---|---|---|\n${rows.join('')}\n`);
  });

  test('describes the outputs in the words of action.yml', () => {
    const rows = Object.entries(action.outputs).map(([name, { description }]) => `| \`${name}\` | ${description} |\n`);
    expect(readme).toContain(`|---|---|\n${rows.join('')}\n`);
  });
});
