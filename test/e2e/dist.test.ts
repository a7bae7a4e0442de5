import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { FAILURES } from '../../src/failure.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('dist/', () => {
  test('loads nothing for the request that it does not need', async ({ run }) => {
    const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
    const log = join(folder, 'modules');
    // In NODE_OPTIONS a backslash escapes.
    const preload = join(import.meta.dirname, '../support/loaded-modules.cjs').replaceAll('\\', '/');
    const result = await run({}, { env: { NODE_OPTIONS: `--require "${preload}"`, LOADED_MODULES: log } });
    expect(result.exitCode).toBe(0);
    const loaded = readFileSync(log, 'utf8').split('\n');
    rmSync(folder, { recursive: true });
    expect(loaded).toContain('NativeModule https');
    for (const part of [
      'internal/fs/promises',
      'perf_hooks',
      'assert',
      'child_process',
      'internal/deps/undici/undici',
    ]) {
      expect(loaded).not.toContain(`NativeModule ${part}`);
    }
    // What started the run is found out while the request is under way.
    const [chunk = ''] = readdirSync('dist').filter((file) => /^\d+\.index\.js$/.test(file));
    expect(loaded).toContainEqual(expect.stringMatching(/dist.index\.js$/));
    expect(loaded).not.toContainEqual(expect.stringContaining(chunk));
  });

  test('prints nothing of a fault that follows another', async ({ datadog, run }) => {
    const fault = 'queueMicrotask(()=>{throw(Error(process.env.INPUT_API_KEY))});';
    const preload = `data:text/javascript,setTimeout(()=>{${fault.repeat(2)}},200)`;
    datadog.script(() => {});
    const result = await run({}, { env: { NODE_OPTIONS: `--import=${preload}` }, secrets: [] });
    expectFailure(result, 'internal');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });

  test.runIf(HAS_SIGNALS)('ends in time although the look-up of a name never does', async ({ run }) => {
    const folder = mkdtempSync(join(tmpdir(), 'look-up-'));
    const fifo = join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
    // To open a pipe that no one writes to takes the only thread that looks names up, forever.
    const preload = "data:text/javascript,import{open}from'node:fs';open(process.env.FIFO,()=>{})";
    const env = { HTTPS_PROXY: '', UV_THREADPOOL_SIZE: '1', FIFO: fifo, NODE_OPTIONS: `--import=${preload}` };
    const { exitCode, errors, summary, duration } = await run({ timeout: '1' }, { env });
    rmSync(folder, { recursive: true });
    expect(exitCode).not.toBe(0);
    expect(errors).toMatchObject([{ title: FAILURES['no-answer'].title }]);
    expect(summary).toContain(FAILURES['no-answer'].title);
    expect(duration).toBeLessThan(3_000);
  });

  test('can be read: it is small, and not minified', () => {
    expect(statSync('dist/index.js').size).toBeLessThanOrEqual(160_000);
    const lines = readFileSync('dist/index.js', 'utf8').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
  });
});
