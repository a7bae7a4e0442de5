/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['src/**/*.ts'],
  // Stryker rewrites tsconfig.json with an API that TypeScript 7 does not have. Nothing here needs that, so it gets the
  // name of a file that does not exist.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  timeoutMS: 10_000,
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowEmojis: false, logTests: false, reportTests: false },
  tempDirName: '.stryker',
};
