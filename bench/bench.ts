// What the step costs: whole processes, started as the runner starts them, against the simulated Datadog on loopback.
//
//   npm run bench            all of it, half a minute
//   npm run bench -- 100     with so many pairs
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, cpus, devNull, platform, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { MAIN, runnerEnvironment } from '../simulation/runner.ts';
import { ACCOUNT, KEYS, STEP, startDatadog } from '../simulation/scenario.ts';
import type { SimulatedServer } from '../simulation/server.ts';

const PAIRS = Number(process.argv[2] ?? 40);
const MEMORY_PAIRS = 9;
const WARM_UPS = 3;

type Environment = NodeJS.ProcessEnv;

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const FLOOR: Program = { name: 'bare Node', command: process.execPath, args: [join(import.meta.dirname, 'floor.cjs')] };
const ACTION: Program = { name: 'this action', command: process.execPath, args: [MAIN] };

/** Runs a program once; milliseconds from its start until it has ended and all its output is read. */
async function time({ name, command, args }: Program, env: Environment): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return performance.now() - start;
}

/** Peak memory of a program, in MiB. */
async function peak(program: Program, env: Environment, folder: string): Promise<number> {
  const file = join(folder, 'peak');
  const args = ['--require', join(import.meta.dirname, 'peak.cjs'), ...program.args];
  await time({ ...program, args }, { ...env, PEAK_FILE: file });
  return Number(readFileSync(file, 'utf8')) / 1024;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor(place), Math.floor(place) + 2);
  return low + (high - low) * (place - Math.floor(place));
}

function spread(values: readonly number[], digits: number): string {
  const [low, median, high] = [0.25, 0.5, 0.75].map((part) => quantile(values, part).toFixed(digits));
  return `${median} (${low}–${high})`;
}

function curl({ environment }: SimulatedServer): Program | undefined {
  if (spawnSync('curl', ['--version']).error !== undefined) return undefined;
  const body = {
    data: { attributes: { api_key: KEYS.opsgenie, region: 'eu' }, id: ACCOUNT, type: 'opsgenie-account' },
  };
  const headers = [
    'Content-Type: application/json',
    `DD-API-KEY: ${KEYS.datadogApi}`,
    `DD-APPLICATION-KEY: ${KEYS.datadogApp}`,
  ];
  const url = `https://api.datadoghq.com/api/v2/integration/opsgenie/accounts/${ACCOUNT}`;
  const args = [
    ...['--silent', '--show-error', '--fail', '--output', devNull, '--request', 'PATCH'],
    ...['--proxy', environment.HTTPS_PROXY, '--cacert', environment.NODE_EXTRA_CA_CERTS],
    ...headers.flatMap((header) => ['--header', header]),
    ...['--data', JSON.stringify(body), url],
  ];
  return { name: 'curl', command: 'curl', args };
}

async function measureCost(): Promise<void> {
  await using datadog = await startDatadog();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const env = runnerEnvironment({ ...STEP, env: datadog.environment }, folder);
  const reference = curl(datadog);
  const programs = [FLOOR, ACTION, ...(reference === undefined ? [] : [reference])];
  const times = new Map(programs.map(({ name }) => [name, [] as number[]]));
  const ratios: number[] = [];

  for (let round = -WARM_UPS; round < PAIRS; round += 1) {
    const took = new Map<string, number>();
    // In turn, and each as often first as last, so that what drifts on the machine meets all alike.
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
      took.set(program.name, await time(program, env));
    }
    if (round < 0) continue;
    for (const [name, milliseconds] of took) times.get(name)?.push(milliseconds);
    ratios.push((took.get(ACTION.name) ?? Number.NaN) / (took.get(FLOOR.name) ?? Number.NaN));
  }

  const memory = new Map<string, number[]>([FLOOR, ACTION].map(({ name }) => [name, []]));
  for (let round = 0; round < MEMORY_PAIRS; round += 1) {
    for (const program of [FLOOR, ACTION]) memory.get(program.name)?.push(await peak(program, env, folder));
  }
  rmSync(folder, { recursive: true });

  const median = (name: string): number => quantile(times.get(name) ?? [], 0.5);
  console.log(`A successful update, as a whole process: median (quartiles) of ${PAIRS} in turn\n`);
  console.log('| program | milliseconds | peak memory, MiB | times bare Node |');
  console.log('| --- | --- | --- | --- |');
  for (const { name } of programs) {
    const used = memory.get(name);
    const ratio = (median(name) / median(FLOOR.name)).toFixed(2);
    console.log(`| ${name} | ${spread(times.get(name) ?? [], 1)} | ${used ? spread(used, 1) : '–'} | ${ratio} |`);
  }
  const more = quantile(memory.get(ACTION.name) ?? [], 0.5) - quantile(memory.get(FLOOR.name) ?? [], 0.5);
  console.log(`\nThis action over bare Node, pair by pair: ${spread(ratios, 3)}, and ${more.toFixed(1)} MiB more.`);
}

/** How runs that start together get through a rate limit. */
async function measureGrowth(): Promise<void> {
  const rateLimit = { limit: 10, periodSeconds: 2 };
  console.log(`\nRuns at once against ${rateLimit.limit} requests in ${rateLimit.periodSeconds} seconds\n`);
  console.log('| runs | green | refused requests | seconds for all |');
  console.log('| --- | --- | --- | --- |');
  for (const runs of [1, 10, 40]) {
    await using datadog = await startDatadog();
    datadog.organisation.rateLimit = rateLimit;
    const folders = Array.from({ length: runs }, () => mkdtempSync(join(tmpdir(), 'bench-')));
    const start = performance.now();
    const ended = await Promise.allSettled(
      folders.map((folder) => time(ACTION, runnerEnvironment({ ...STEP, env: datadog.environment }, folder))),
    );
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const green = ended.filter(({ status }) => status === 'fulfilled').length;
    console.log(`| ${runs} | ${green} | ${datadog.requests.length - green} | ${seconds} |`);
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}

const [{ model } = { model: 'unknown' }] = cpus();
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
console.log(
  `Version ${version}, Node ${process.versions.node}, ${platform()} ${arch()}, ${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
);
await measureCost();
await measureGrowth();
