import { expect } from 'vitest';
import { test } from '../support/fixtures.ts';

test('40 runs at once all succeed under a rate limit of 10 requests per 2 seconds', { timeout: 330_000 }, async ({
  datadog,
  run,
}) => {
  datadog.organization.rateLimit = { limit: 10, periodSeconds: 2 };
  const results = await Promise.all(Array.from({ length: 40 }, () => run()));
  // Lists only the runs that failed.
  expect(results.flatMap(({ exitCode, log }) => (exitCode === 0 ? [] : [log]))).toEqual([]);
  expect(datadog.requests.length).toBeGreaterThan(40);
});
