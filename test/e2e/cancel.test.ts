import { describe, expect } from 'vitest';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('a run that is cancelled', () => {
  test('ends at once, and says so', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
    datadog.script(() => cancel());
    const result = await run({}, { cancelled });
    expectFailure(result, 'cancelled');
    expect(saysMayBeApplied(result)).toBe(true);
    expect(result.duration).toBeLessThan(3_000);
  });
});
