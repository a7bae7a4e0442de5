import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { test } from '../support/fixtures.ts';

test('the log excerpt in the README is what a run shows', async ({ run }) => {
  const { log } = await run({ api_key: 'the-wrong-secret' });
  const error = log.slice(log.indexOf('Error: '));
  expect(readFileSync('README.md', 'utf8')).toContain(`\`\`\`text\n${error}\n\`\`\``);
});
