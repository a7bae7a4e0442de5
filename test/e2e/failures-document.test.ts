import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeFailuresDocument } from '../support/failures-document.ts';

test('docs/failures.md shows every failure as it is ("npm run docs" writes it anew)', async () => {
  expect(readFileSync('docs/failures.md', 'utf8')).toBe(await writeFailuresDocument());
});
