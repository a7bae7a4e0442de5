// Runs all checks except the end-to-end tests, then prints one line for each check.
import { spawnSync } from 'node:child_process';

const CHECKS = [
  { name: 'types', command: 'tsc', remedy: 'Fix the errors, then run `npx tsc`.' },
  { name: 'lint', command: 'biome check --error-on-warnings .', remedy: 'Run `npx biome check --write`.' },
  { name: 'dist', command: 'node scripts/build.ts --check', remedy: 'Run `npm run build` and commit dist/.' },
  { name: 'coverage', command: 'npm run coverage', remedy: 'Fix or add unit tests, then run `npm run coverage`.' },
];

const results = CHECKS.map(({ name, command, remedy }) => {
  const passed = spawnSync(command, { stdio: 'inherit', shell: true }).status === 0;
  return { passed, line: `${name}: ${passed ? 'passed' : `failed. ${remedy}`}` };
});
console.log(`\n${results.map(({ line }) => line).join('\n')}`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
