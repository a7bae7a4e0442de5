// Measures what a run costs as a whole process, against the simulated Datadog, and how runs that start together get
// through a rate limit. `npm run bench -- 100` runs each program 100 times.
import { spawn } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../scripts/build.ts';
import { MAIN, runnerEnvironment } from '../simulation/runner.ts';
import { runStepAgainst, STEP, startDatadog } from '../simulation/scenario.ts';

const ROUNDS = Number(process.argv[2] ?? 40);
const MEMORY_ROUNDS = 9;
const RATE_LIMIT = { limit: 10, periodSeconds: 2 };

await compareCost();
await runAgainstRateLimit();

async function compareCost(): Promise<void> {
  await using datadog = await startDatadog();
  using folder = mkdtempDisposableSync(join(tmpdir(), 'bench-'));
  const env = runnerEnvironment({ ...STEP, env: datadog.environment }, folder.path);
  await bundle(join(import.meta.dirname, 'toolkit.js'), folder.path);
  const programs = Object.entries({
    'bare Node': join(import.meta.dirname, 'bare-node.cjs'),
    'the smallest program on the toolkit': join(folder.path, 'index.js'),
    'this action': MAIN,
  }).map(([name, main]) => ({ name, main, times: [] as number[], memory: [] as number[] }));

  for (const { main } of programs) await measureTime([main], env); // Fills the file system's cache.
  for (let round = 0; round < ROUNDS; round += 1) {
    // Alternating the order spreads whatever else the machine does evenly.
    for (const { main, times } of round % 2 === 0 ? programs : programs.toReversed()) {
      times.push(await measureTime([main], env));
    }
  }
  const file = join(folder.path, 'peak');
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) {
    for (const { main, memory } of programs) {
      await measureTime(['--require', join(import.meta.dirname, 'peak.cjs'), main], { ...env, PEAK_FILE: file });
      memory.push(Number(readFileSync(file, 'utf8')) / 1024);
    }
  }

  console.log(`A successful update on Node ${process.versions.node}, median (quartiles) of ${ROUNDS} runs:\n`);
  console.log('| Program | Milliseconds | Peak memory in MiB |\n| --- | --- | --- |');
  for (const { name, times, memory } of programs) {
    console.log(`| ${name} | ${summarize(times)} | ${summarize(memory)} |`);
  }
  const [bareNode = 0, toolkit = 0, action = 0] = programs.map(({ times }) => quantile(times, 0.5));
  console.log(`\nThis action takes ${(action / bareNode).toFixed(2)} × the time of bare Node, and`);
  console.log(`${(action / toolkit).toFixed(2)} × the time of the smallest program (target: at most 1.10).`);
}

async function runAgainstRateLimit(): Promise<void> {
  const { limit, periodSeconds } = RATE_LIMIT;
  console.log(`\nRuns that start together, against ${limit} requests per ${periodSeconds} seconds:\n`);
  console.log('| Runs | Succeeded | Rejected requests | Seconds until the last one ended |\n| --- | --- | --- | --- |');
  for (const count of [1, 10, 40]) {
    await using datadog = await startDatadog();
    datadog.organization.rateLimit = RATE_LIMIT;
    const start = performance.now();
    const results = await Promise.all(Array.from({ length: count }, () => runStepAgainst(datadog, {})));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const succeeded = results.filter(({ exitCode }) => exitCode === 0).length;
    console.log(`| ${count} | ${succeeded} | ${datadog.requests.length - succeeded} | ${seconds} |`);
  }
}

/** Runs a program, and returns the milliseconds until it has ended and all its output is read. */
async function measureTime(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${args.join(' ')} exited with ${code}`);
  return performance.now() - start;
}

/** Formats values as their median and quartiles. */
function summarize(values: readonly number[]): string {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(1));
  return `${median} (${low}–${high})`;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.round((values.length - 1) * share)] ?? Number.NaN;
}
