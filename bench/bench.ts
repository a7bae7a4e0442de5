// Compares a successful update by this action with the smallest program that uses the same toolkit, each as a whole process.
// `npm run bench -- 100` runs each program 100 times.
import { execFile } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../scripts/build.ts';
import { MAIN, runnerEnvironment } from '../simulation/runner.ts';
import { STEP, startDatadog } from '../simulation/scenario.ts';

const rounds = Number(process.argv[2] ?? 40);
await using datadog = await startDatadog();
using folder = mkdtempDisposableSync(join(tmpdir(), 'bench-'));
const env = runnerEnvironment({ ...STEP, env: datadog.environment }, folder.path);
const toolkit = join(folder.path, 'dist');
await bundle(join(import.meta.dirname, 'toolkit.js'), toolkit);

const mains = { 'this action': MAIN, 'smallest program': join(toolkit, 'index.js') };
const programs = Object.entries(mains).map(([name, main]) => {
  return { name, main, milliseconds: [] as number[], mebibytes: [] as number[] };
});
for (let round = 0; round < rounds; round += 1) {
  for (const { main, milliseconds, mebibytes } of programs) {
    const args = ['--require', join(import.meta.dirname, 'peak.cjs'), main];
    const start = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    milliseconds.push(performance.now() - start);
    mebibytes.push(Number(stdout.split('\n').at(-1)) / 1024);
  }
}

console.log(`Medians of ${rounds} successful updates on Node ${process.versions.node}:\n`);
console.log('| Program | Milliseconds | Peak memory in MiB |\n| --- | --- | --- |');
for (const { name, milliseconds, mebibytes } of programs) {
  console.log(`| ${name} | ${median(milliseconds).toFixed(1)} | ${median(mebibytes).toFixed(1)} |`);
}
const [action = Number.NaN, smallest = Number.NaN] = programs.map(({ milliseconds }) => median(milliseconds));
console.log(`\nThis action takes ${(action / smallest).toFixed(2)} times as long (at most 1.12, goal 1.10).`);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
