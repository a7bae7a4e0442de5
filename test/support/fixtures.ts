import { test as base } from 'vitest';
import type { Step, StepResult } from '../../simulation/runner.ts';
import { runStepAgainst, startDatadog } from '../../simulation/scenario.ts';
import type { SimulatedServer } from '../../simulation/server.ts';

/**
 * A `timeout` for failures that are retried until the time is up, in seconds. It is long enough to get to the second
 * attempt, even if a slow and busy machine first has to start a process.
 */
export const SHORT_TIMEOUT = 12;

interface Fixtures {
  readonly datadog: SimulatedServer;
  /** Runs the simulation's step against {@link datadog}, with these inputs and environment variables merged in. */
  readonly run: (inputs?: Step['with'], more?: Omit<Step, 'with'>) => Promise<StepResult>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest requires a destructuring pattern here
  datadog: async ({}, use) => {
    await using datadog = await startDatadog();
    await use(datadog);
  },
  run: async ({ datadog }, use) => {
    await use((inputs = {}, more = {}) => runStepAgainst(datadog, { ...more, with: inputs }));
  },
});
