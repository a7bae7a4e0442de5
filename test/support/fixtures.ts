import { test as base } from 'vitest';
import type { Step, StepResult } from '../../simulation/runner.ts';
import { runStepAgainst, startDatadog } from '../../simulation/scenario.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { launchSource } from './launch-source.ts';

/** Users run dist/; the project "source" of the tests measures what they reach. */
export const launch = process.env.RUN_SOURCE ? launchSource : undefined;

interface Fixtures {
  readonly datadog: SimulatedServer;
  /** Runs the step of the scenario with other inputs or environment, against the simulated Datadog. */
  readonly run: (inputs?: Step['with'], more?: Omit<Step, 'with'>) => Promise<StepResult>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: the test runner wants the pattern
  datadog: async ({}, use) => {
    await using datadog = await startDatadog();
    await use(datadog);
  },
  run: async ({ datadog }, use) => {
    await use((inputs = {}, more = {}) => runStepAgainst(datadog, { ...more, with: inputs }, launch));
  },
});
