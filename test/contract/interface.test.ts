import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metadata as action } from '../../simulation/runner.ts';
import { USER_AGENT } from '../../src/datadog/client.ts';
import { DEFAULTS, INPUTS } from '../../src/inputs.ts';
import { OUTPUTS } from '../../src/report.ts';
import { DEFAULT_SITE } from '../../src/sites.ts';

const readme = readFileSync('README.md', 'utf8');

describe('action.yml', () => {
  test('declares the inputs that the code reads, and no other', () => {
    expect(Object.keys(action.inputs)).toEqual(Object.keys(INPUTS));
  });

  test('declares the outputs that the code sets, and no other', () => {
    expect(Object.keys(action.outputs)).toEqual([...OUTPUTS]);
  });

  test('has the defaults of the code; the site is left to DD_SITE first', () => {
    const declared = Object.entries(action.inputs).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    );
    expect({ ...Object.fromEntries(declared), site: DEFAULT_SITE }).toEqual(DEFAULTS);
  });

  test('names in a description the variable that stands in for an input', () => {
    for (const [name, variable] of Object.entries(INPUTS)) {
      expect(action.inputs[name]?.description).toContain(variable ?? '');
    }
  });
});

describe('README.md', () => {
  test('has the table of inputs of action.yml', () => {
    const rows = Object.entries(action.inputs).map(([name, { description, required, default: value }]) =>
      row(`\`${name}\``, required ? 'yes' : 'no', value === undefined ? '' : `\`${value}\``, description),
    );
    expect(readme).toContain(
      [row('Input', 'Required', 'Default', 'Meaning'), row('---', '---', '---', '---'), ...rows].join('\n'),
    );
  });

  test('has the table of outputs of action.yml', () => {
    const rows = Object.entries(action.outputs).map(([name, { description }]) => row(`\`${name}\``, description));
    expect(readme).toContain([row('Output', 'Meaning'), row('---', '---'), ...rows].join('\n'));
  });
});

test('the user agent has the version of the package', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(USER_AGENT).toBe(`${name}/${version}`);
});

function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
