import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { FAILURES } from '../../src/failure.ts';
import { KINDS, writeFailureSection } from '../support/failures-document.ts';
import { launch } from '../support/fixtures.ts';

const document = readFileSync('docs/failures.md', 'utf8');

const SHOWN = KINDS.filter((kind) => {
  // In the tests' own process a fault of the action would be one of the tests.
  if (kind === 'internal') return launch === undefined;
  return kind !== 'cancelled' || HAS_SIGNALS;
});

test.for(SHOWN)('docs/failures.md shows it as it is ("npm run docs" writes it anew): %s', async (kind) => {
  expect(document).toContain(await writeFailureSection(kind, launch));
});

test('docs/failures.md shows every failure, in the order of the source', () => {
  const titles = [...document.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual(Object.values(FAILURES).map(({ title }) => title));
});
