import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{unit,contract}/**/*.test.ts'], unstubEnvs: true } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 30_000,
          // Most of the time here is spent waiting: for a backoff, a rate limit, a deadline.
          sequence: { concurrent: true },
        },
      },
    ],
  },
});
