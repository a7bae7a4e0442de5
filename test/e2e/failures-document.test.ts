import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { FAILURES } from '../../src/failure.ts';
import {
  documentedUpdates,
  KINDS,
  runExample,
  writeFailureSection,
  writeOverview,
} from '../support/failures-document.ts';
import { launch } from '../support/fixtures.ts';

const document = readFileSync('docs/failures.md', 'utf8');

const RUNNABLE = KINDS.filter((kind) => {
  // If the source runs in the test's own process, an unexpected error would be one of the test.
  if (kind === 'internal') return launch === undefined;
  return kind !== 'cancelled' || HAS_SIGNALS;
});

// Run "npm run docs" if these fail because a text has changed.
test.for(RUNNABLE)('docs/failures.md shows what a run shows: %s', { timeout: 120_000 }, async (kind) => {
  const { errors, outputs } = await runExample(kind, launch);
  expect(outputs.failure).toBe(kind);
  expect(documentedUpdates(kind)).toContain(outputs.updated);
  expect(document).toContain(writeFailureSection(kind, errors[0]?.message ?? ''));
});

test('docs/failures.md has the current introduction and table', () => {
  expect(document.startsWith(writeOverview())).toBe(true);
});

test('docs/failures.md explains every failure, in the order of src/failure.ts', () => {
  const sections = [...document.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(KINDS.map((kind) => FAILURES[kind].title));
});
