import { defineConfig } from 'vitest/config';

export const unit = { name: 'unit', include: ['test/{unit,contract}/**/*.test.ts'], unstubEnvs: true };

const e2e = { include: ['test/e2e/**/*.test.ts'], testTimeout: 30_000 };

// Most of the time here is spent waiting: for a backoff, a rate limit, a deadline.
const dist = { ...e2e, name: 'dist', sequence: { concurrent: true } };

/** The same tests against src/ in the test's own process, for coverage and mutation. */
export const source = {
  ...e2e,
  name: 'source',
  env: { RUN_SOURCE: 'true' },
  setupFiles: ['test/support/source-setup.ts'],
  // These watch a whole process, so it must be the action's own.
  exclude: ['test/e2e/{connections,dist}.test.ts'],
  // Modules that keep state are loaded anew for each run.
  server: { deps: { inline: [/@actions/] } },
};

export default defineConfig({
  test: {
    projects: [{ test: unit }, { test: dist }, { test: source }],
    coverage: { include: ['src/**'], thresholds: { 100: true } },
  },
});
