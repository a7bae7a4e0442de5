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
    // Prints one line for each file and describes each failure.
    reporters: [['default', { summary: false }]],
    slowTestThreshold: 600_000,
    // The end-to-end tests mostly wait for a retry, a rate limit, or a deadline, so more of them than there are CPUs can
    // run at once.
    maxWorkers: 5,
    projects: [
      { extends: true, test: unit },
      { extends: true, test: e2e },
    ],
    // Only the unit tests count here. The rest of src/ is tested too: the end-to-end tests run dist/, as users do.
    coverage: { include: ['src/**'], thresholds: { statements: 75, branches: 80, functions: 75, lines: 75 } },
  },
});
