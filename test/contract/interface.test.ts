import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metadata as action } from '../../simulation/runner.ts';
import { OUTPUTS } from '../../src/github/outcome.ts';
import { INPUTS, type Input, readInputs } from '../../src/inputs.ts';

const CODE_INPUTS: [string, Input][] = Object.entries(INPUTS);

describe('action.yml', () => {
  test('declares the inputs that the code reads', () => {
    expect(Object.keys(action.inputs)).toEqual(Object.keys(INPUTS));
  });

  test('declares the outputs that the code sets', () => {
    expect(Object.keys(action.outputs)).toEqual(OUTPUTS);
  });

  test.each(CODE_INPUTS)('has the default of the code for %s', (name, { default: value }) => {
    expect(action.inputs[name]?.default).toBe(value);
  });

  test.each(CODE_INPUTS)('documents what is used if %s is empty', (name, { variables = [] }) => {
    for (const variable of variables) expect(action.inputs[name]?.description).toContain(`\`${variable}\``);
  });

  test('says of each key that it comes from a secret, and the code masks each of them', () => {
    const names = Object.keys(INPUTS).filter((name) => action.inputs[name]?.description.includes('from a secret'));
    const given = names.map((name) => [`INPUT_${name.toUpperCase()}`, `value of ${name}`]);
    const { secrets } = readInputs(Object.fromEntries(given));
    expect(secrets, 'Add it to `passed` in src/inputs.ts.').toEqual(names.map((name) => `value of ${name}`));
    expect(names).toHaveLength(4);
  });

  test('requires only the input without which no step works', () => {
    const required = Object.entries(action.inputs).filter(([, input]) => input.required);
    expect(required.map(([name]) => name)).toEqual(['account_id']);
  });
});

describe('README.md has a table', () => {
  test('of the inputs, as action.yml describes them', () => {
    const rows = Object.entries(action.inputs).map(([name, { required, default: value, description }]) => [
      `\`${name}\``,
      required ? 'yes' : 'no',
      value === undefined ? '' : `\`${value}\``,
      description,
    ]);
    expect(readTable('Input')).toEqual(rows);
  });

  test('of the outputs, as action.yml describes them', () => {
    const rows = Object.entries(action.outputs).map(([name, { description }]) => [`\`${name}\``, description]);
    expect(readTable('Output')).toEqual(rows);
  });

  /** The cells of the table whose first column has this name, without its header. */
  function readTable(firstColumn: string): string[][] {
    const [table = ''] =
      new RegExp(`^\\| ${firstColumn} \\|.*(?:\\n\\|.*)*`, 'm').exec(readFileSync('README.md', 'utf8')) ?? [];
    const rows = table.split('\n').slice(2);
    return rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
});
