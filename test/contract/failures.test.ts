import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from '../../src/failure.ts';

test('docs/failures.md has the title, the kind, and the remedy of each failure, in the order of the code', () => {
  const lines = readFileSync('docs/failures.md', 'utf8').split('\n');
  const start = lines.indexOf('| Title | `failure` | When | What to do |');
  const table = lines.slice(start, lines.indexOf('', start)).slice(2);
  const rows = table.map((line) => line.split('|').map((cell) => cell.trim()));
  const listed = rows.map(([, title, kind, , remedy]) => ({ kind, title, remedy }));
  const known = Object.entries(FAILURES).map(([kind, [title, remedy]]) => ({ kind: `\`${kind}\``, title, remedy }));
  expect(listed, 'Update the table in docs/failures.md.').toEqual(known);
});

const code = globSync('src/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
  // The types of properties.
  .replaceAll(/readonly kind: [^;]+;/g, '');

test.each(Object.keys(FAILURES))('a failure of kind %s is created somewhere in src/', (kind) => {
  expect(code).toMatch(new RegExp(`(?:new Failure\\(|return|[?:])\\s*'${kind}'`));
});
