import { defineConfig } from 'vitest/config';

const unit = { name: 'unit', include: ['test/{unit,contract}/**/*.test.ts'], testTimeout: 60_000, unstubEnvs: true };

// These tests mostly wait: for a retry, a rate limit, or a deadline. So more of them can run in parallel than there are CPUs.
// Vitest requires a group for each number of workers.
const e2e = {
  name: 'e2e',
  include: ['test/e2e/**/*.test.ts'],
  testTimeout: 120_000,
  maxWorkers: 4,
  sequence: { concurrent: true, groupOrder: 1 },
};

export default defineConfig({
  test: {
    projects: [{ test: unit }, { test: e2e }],
    coverage: { include: ['src/**'], thresholds: { statements: 81, branches: 87, functions: 81, lines: 81 } },
  },
});
