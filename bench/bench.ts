// Measures what a run costs, as a whole process against the simulated Datadog on this machine, and how runs that start
// together get through a rate limit. Takes about a minute. `npm run bench -- 100` repeats each measurement 100 times.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, cpus, devNull, platform, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { MAIN, runnerEnvironment } from '../simulation/runner.ts';
import { ACCOUNT, KEYS, STEP, startDatadog } from '../simulation/scenario.ts';
import type { SimulatedServer } from '../simulation/server.ts';

const ROUNDS = Number(process.argv[2] ?? 40);
const MEMORY_ROUNDS = 9;
const WARM_UP_ROUNDS = 3;
const RATE_LIMIT = { limit: 10, periodSeconds: 2 };
const SIMULTANEOUS_RUNS = [1, 10, 40, 80];

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const BARE_NODE: Program = {
  name: 'bare Node',
  command: process.execPath,
  args: [join(import.meta.dirname, 'bare-node.cjs')],
};
const ACTION: Program = { name: 'this action', command: process.execPath, args: [MAIN] };

/** Runs a program, and returns the milliseconds until it has ended and all its output is read. */
async function measureTime({ name, command, args }: Program, env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${name} exited with ${code}`);
  return performance.now() - start;
}

/** Runs a program, and returns its peak memory in MiB. */
async function measureMemory(program: Program, env: NodeJS.ProcessEnv, folder: string): Promise<number> {
  const file = join(folder, 'peak');
  const args = ['--require', join(import.meta.dirname, 'peak.cjs'), ...program.args];
  await measureTime({ ...program, args }, { ...env, PEAK_FILE: file });
  return Number(readFileSync(file, 'utf8')) / 1024;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Formats values as their median and quartiles. */
function summarize(values: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(1));
  return `${middle} (${low}–${high})`;
}

/** The same request with curl, or undefined if curl is not installed. */
function curl({ environment }: SimulatedServer): Program | undefined {
  if (spawnSync('curl', ['--version']).error !== undefined) return undefined;
  const data = { attributes: { api_key: KEYS.opsgenie, region: 'eu' }, id: ACCOUNT, type: 'opsgenie-account' };
  const headers = [
    'Content-Type: application/json',
    `DD-API-KEY: ${KEYS.datadogApi}`,
    `DD-APPLICATION-KEY: ${KEYS.datadogApp}`,
  ];
  const args = [
    ...['--silent', '--show-error', '--fail', '--output', devNull, '--request', 'PATCH'],
    ...['--proxy', environment.HTTPS_PROXY, '--cacert', environment.NODE_EXTRA_CA_CERTS],
    ...headers.flatMap((header) => ['--header', header]),
    ...['--data', JSON.stringify({ data })],
    `https://api.datadoghq.com/api/v2/integration/opsgenie/accounts/${ACCOUNT}`,
  ];
  return { name: 'curl', command: 'curl', args };
}

async function compareCost(): Promise<void> {
  await using datadog = await startDatadog();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const env = runnerEnvironment({ ...STEP, env: datadog.environment }, folder);
  const programs = [BARE_NODE, ACTION, curl(datadog)].filter((program) => program !== undefined);
  const measured = programs.map((program) => ({ program, times: [] as number[], memory: [] as number[] }));

  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    // Alternating the order spreads whatever else the machine does evenly.
    for (const { program, times } of round % 2 === 0 ? measured : measured.toReversed()) {
      const time = await measureTime(program, env);
      if (round >= 0) times.push(time);
    }
  }
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) {
    for (const { program, memory } of measured) {
      if (program.command === process.execPath) memory.push(await measureMemory(program, env, folder));
    }
  }
  rmSync(folder, { recursive: true });

  const [bareNode] = measured;
  console.log(`A successful update as a whole process, median (quartiles) of ${ROUNDS} runs:\n`);
  console.log('| Program | Milliseconds | Compared with bare Node | Peak memory in MiB |');
  console.log('| --- | --- | --- | --- |');
  for (const { program, times, memory } of measured) {
    const ratio = median(times) / median(bareNode?.times ?? []);
    const peak = memory.length === 0 ? '–' : summarize(memory);
    console.log(`| ${program.name} | ${summarize(times)} | ${ratio.toFixed(2)} × | ${peak} |`);
  }
}

async function runAgainstRateLimit(): Promise<void> {
  console.log(
    `\nRuns that start together, against ${RATE_LIMIT.limit} requests per ${RATE_LIMIT.periodSeconds} seconds:\n`,
  );
  console.log('| Runs | Succeeded | Rejected requests | Seconds until the last one ended |');
  console.log('| --- | --- | --- | --- |');
  for (const count of SIMULTANEOUS_RUNS) {
    await using datadog = await startDatadog();
    datadog.organization.rateLimit = RATE_LIMIT;
    const folders = Array.from({ length: count }, () => mkdtempSync(join(tmpdir(), 'bench-')));
    const start = performance.now();
    const runs = await Promise.allSettled(
      folders.map((folder) => measureTime(ACTION, runnerEnvironment({ ...STEP, env: datadog.environment }, folder))),
    );
    const seconds = (performance.now() - start) / 1000;
    const succeeded = runs.filter(({ status }) => status === 'fulfilled').length;
    console.log(`| ${count} | ${succeeded} | ${datadog.requests.length - succeeded} | ${seconds.toFixed(1)} |`);
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

const [{ model } = { model: 'unknown' }] = cpus();
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
const machine = `${platform()} ${arch()}, ${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
console.log(`Version ${version}, Node ${process.versions.node}, ${machine}\n`);
await compareCost();
await runAgainstRateLimit();
