import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

/** Far below the time limit of an attempt, which would end the run otherwise. */
const SOON = 30_000;

describe.runIf(HAS_SIGNALS)('a cancelled run', () => {
  test.for<NodeJS.Signals>(['SIGINT', 'SIGTERM'])(
    'ends at once during a request: %s',
    async (signal, { datadog, run }) => {
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
      datadog.script(() => cancel(signal));
      const result = await run({}, { cancelled });
      expectFailure(result, 'cancelled');
      expect(result.errors[0]?.message).toContain(ACCOUNT);
      expect(result.outputs.attempts).toBe('1');
      expect(saysMayBeApplied(result)).toBe(true);
      expect(result.duration).toBeLessThan(SOON);
    },
  );

  test.for([
    [429, false],
    [503, true],
  ] as const)(
    'ends at once during a wait, and reports the last answer: %i',
    async ([status, mayBeApplied], { datadog, run }) => {
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
      datadog.script(respond(status, '', { 'Retry-After': '60' }));
      const onLine = (line: string): void => {
        if (line.includes('attempt 2')) cancel('SIGINT');
      };
      const result = await run({}, { cancelled, onLine });
      expectFailure(result, 'cancelled', `${status}`);
      expect(result.outputs.attempts).toBe('1');
      expect(saysMayBeApplied(result)).toBe(mayBeApplied);
      expect(datadog.requests).toHaveLength(1);
      expect(result.duration).toBeLessThan(SOON);
    },
  );
});
