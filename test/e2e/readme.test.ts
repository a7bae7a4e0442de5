import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { test } from '../support/fixtures.ts';

test('README shows a failure as it is', async ({ run }) => {
  const { errors } = await run({ api_key: 'the-wrong-secret' });
  expect(readFileSync('README.md', 'utf8')).toContain(`Error: ${errors[0]?.title}\n\n${errors[0]?.message}\n`);
});
