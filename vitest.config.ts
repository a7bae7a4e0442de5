import { defineConfig } from 'vitest/config';

export const unit = {
  name: 'unit',
  include: ['test/{unit,contract}/**/*.test.ts'],
  testTimeout: 60_000,
  unstubEnvs: true,
};

const e2e = { include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000 };

// These tests mostly wait: for a retry, a rate limit, or a deadline. So more of them can run at once than there are CPUs.
// Vitest requires a group for each number of workers.
const dist = { ...e2e, name: 'dist', maxWorkers: 2, sequence: { concurrent: true, groupOrder: 1 } };

/** The same tests against src/ in the process of the test, for coverage and mutation testing. */
export const source = {
  ...e2e,
  name: 'source',
  maxWorkers: 8,
  sequence: { groupOrder: 2 },
  env: { RUN_SOURCE: 'true' },
  setupFiles: ['test/support/source-setup.ts'],
  // These tests need the action in a process of its own.
  exclude: ['test/e2e/{connections,dist,load}.test.ts'],
  // Each run loads these again, because some keep state.
  server: { deps: { inline: [/@actions/] } },
};

export default defineConfig({
  test: {
    projects: [{ test: unit }, { test: dist }, { test: source }],
    coverage: { include: ['src/**'], thresholds: { 100: true } },
  },
});
