import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

describe('dist/', () => {
  test.for(['https_proxy', 'HTTPS_PROXY'])(
    'uses the proxy in %s and reads what started the run',
    async (name, { datadog, run }) => {
      const env = { HTTPS_PROXY: '', [name]: datadog.environment.HTTPS_PROXY };
      const event = { name: 'schedule', actor: 'monalisa', payload: {} };
      const result = await run({}, { env, event });
      expect(result.exitCode).toBe(0);
      expect(result.annotations).toEqual([]);
      expect(datadog.tunnels).toEqual(['api.datadoghq.com:443']);
      expect(result.summary).toContain('| Started by | monalisa (schedule) |');
    },
  );

  test.runIf(HAS_SIGNALS)('never prints a second uncaught error', async ({ datadog, run }) => {
    const fault = 'queueMicrotask(()=>{throw(Error(process.env.INPUT_API_KEY))});';
    const preload = `data:text/javascript,process.on('SIGUSR2',()=>{${fault.repeat(2)}})`;
    const { promise: cancelled, resolve: signal } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(() => signal('SIGUSR2'));
    const result = await run({}, { env: { NODE_OPTIONS: `--import=${preload}` }, secrets: [], cancelled });
    expectFailure(result, 'internal');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });

  test.runIf(HAS_SIGNALS)('reports in time that a DNS lookup hangs, and then exits with 1', async ({ run }) => {
    const folder = mkdtempSync(join(tmpdir(), 'lookup-'));
    const fifo = join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
    // Opening a pipe without a writer blocks the only thread that could look up a name.
    const preload = "data:text/javascript,import{open}from'node:fs';open(process.env.FIFO,()=>{})";
    const env = { HTTPS_PROXY: '', UV_THREADPOOL_SIZE: '1', FIFO: fifo, NODE_OPTIONS: `--import=${preload}` };
    let reportedAfter: number | undefined;
    const start = performance.now();
    const onLine = (line: string): void => {
      if (!line.startsWith('::error')) return;
      reportedAfter = performance.now() - start;
      // Node waits for the lookup even in process.exit(). A writer lets it go on.
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    };
    const result = await run({ timeout: '2' }, { env, onLine });
    rmSync(folder, { recursive: true });
    expectFailure(result, 'network');
    expect(reportedAfter).toBeLessThan(2_000 + 15_000);
  });

  test('runs from the archive that a runner downloads, which is at most 100 kB', async ({ run }) => {
    const folder = mkdtempSync(join(tmpdir(), 'archive-'));
    execFileSync('git', ['archive', '--worktree-attributes', '--output', join(folder, 'action.tar'), 'HEAD']);
    execFileSync('tar', ['-xf', 'action.tar'], { cwd: folder });
    const result = await run({}, { main: join(folder, 'dist/index.js') });
    expect(result.exitCode).toBe(0);
    const size = gzipSync(readFileSync(join(folder, 'action.tar')), { level: 9 }).length;
    expect(size, 'add what does not run to .gitattributes').toBeLessThanOrEqual(100_000);
    rmSync(folder, { recursive: true });
  });

  test('is small and not minified', () => {
    expect(statSync('dist/index.js').size).toBeLessThanOrEqual(163_840);
    const lines = readFileSync('dist/index.js', 'utf8').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
  });
});

describe('dist/unreached.js, which replaces packages that no run can reach,', () => {
  const { Octokit, ProxyAgent, ...functions } = createRequire(import.meta.url)('../../dist/unreached.js');
  const error = /not part of the action/;

  test('fails on every call', () => {
    expect(Object.keys(functions)).not.toEqual([]);
    for (const call of Object.values<() => void>(functions)) expect(call).toThrow(error);
  });

  test('lets @actions/github prepare its client, but not create one', () => {
    const Prepared = Octokit.plugin().defaults();
    expect(() => new Prepared()).toThrow(error);
  });

  test('lets @actions/github create a proxy agent, but not use it', () => {
    const agent = new ProxyAgent('http://proxy.example:3128');
    expect(() => agent.dispatch()).toThrow(error);
  });
});
