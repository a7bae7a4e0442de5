import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURE_TITLES } from '../../src/failure.ts';

test('docs/failures.md has a row for each kind of failure and its title', () => {
  const [, ...rows] = [...readFileSync('docs/failures.md', 'utf8').matchAll(/^\| ([^|]+) \| `([a-z-]+)` \|/gm)];
  const listed = rows.map(([, title, kind]) => ({ kind, title }));
  const known = Object.entries(FAILURE_TITLES).map(([kind, title]) => ({ kind, title }));
  expect(listed, 'update the table in docs/failures.md').toEqual(known);
});
