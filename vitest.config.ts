import { defineConfig } from 'vitest/config';

const unit = { name: 'unit', include: ['test/{unit,contract}/**/*.test.ts'], testTimeout: 60_000, unstubEnvs: true };

const e2e = {
  name: 'e2e',
  include: ['test/e2e/**/*.test.ts'],
  testTimeout: 120_000,
  sequence: { concurrent: true },
};

export default defineConfig({
  test: {
    // One line for each file, and the failures.
    reporters: [['default', { summary: false }]],
    slowTestThreshold: 600_000,
    // The end-to-end tests mostly wait: for a retry, a rate limit, or a deadline. So more of them can run at once than
    // there are CPUs.
    maxWorkers: 5,
    projects: [
      { extends: true, test: unit },
      { extends: true, test: e2e },
    ],
    coverage: { include: ['src/**'], thresholds: { statements: 81, branches: 87, functions: 81, lines: 81 } },
  },
});
