import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('a run that is cancelled', () => {
  test.runIf(HAS_SIGNALS).for<NodeJS.Signals>(['SIGINT', 'SIGTERM'])(
    'ends at once, and says so: %s',
    async (signal, { datadog, run }) => {
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
      datadog.script(() => cancel(signal));
      const result = await run({}, { cancelled });
      expectFailure(result, 'cancelled');
      expect(result.errors[0]?.message).toContain(ACCOUNT);
      expect(result.outputs.attempts).toBe('1');
      expect(saysMayBeApplied(result)).toBe(true);
      expect(result.duration).toBeLessThan(3_000);
    },
  );
});
