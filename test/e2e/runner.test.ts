import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { errorOf, expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { preload } from '../support/preload.ts';

describe.runIf(HAS_SIGNALS)('a cancelled run ends immediately', () => {
  test.for<NodeJS.Signals>(['SIGINT', 'SIGTERM'])(
    'during a request, which may have been applied: %s',
    async (signal, { datadog, run }) => {
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
      datadog.script(() => cancel(signal));
      const result = await run({}, { cancelled });
      expectFailure(result, 'cancelled', { updated: 'unknown' });
      // Otherwise, the attempt would last a minute.
      expect(result.duration).toBeLessThan(30_000);
    },
  );

  test('before the request is sent, and nothing is applied', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.scriptProxy(() => cancel('SIGINT'));
    expectFailure(await run({}, { cancelled }), 'cancelled');
  });

  test('while the accounts are listed after a 404', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(respond(404, { errors: ['no'] }), () => cancel('SIGINT'));
    expectFailure(await run({}, { cancelled }), 'cancelled', { status: '404' });
  });

  test.for([
    [429, 'false'],
    [503, 'unknown'],
  ] as const)('during a wait, and reports the last response: %i', async ([status, updated], { datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(respond(status, { errors: ['busy'] }, { 'Retry-After': '60' }));
    const onLine = (line: string): void => {
      if (line.includes('Retrying in')) cancel('SIGINT');
    };
    const result = await run({}, { cancelled, onLine });
    expectFailure(result, 'cancelled', { updated, status: `${status}` });
    expect(datadog.requests).toHaveLength(1);
    expect(result.duration).toBeLessThan(30_000);
  });
});

describe('if a file of the runner cannot be used,', () => {
  const folder = mkdtempSync(join(tmpdir(), 'files-'));

  test('the update succeeds with one warning about each', async ({ datadog, run }) => {
    const env = { GITHUB_STEP_SUMMARY: undefined, GITHUB_OUTPUT: join(folder, 'none') };
    const result = await run({}, { env, secrets: [] });
    expect(result).toMatchObject({ exitCode: 0, errors: [] });
    const [outputs, summary] = ["This step's outputs could not be written.", 'The job summary could not be written.'];
    expect(result.warnings.map(({ message }) => message)).toEqual([outputs, summary]);
    expect(datadog.organization.accounts.get(ACCOUNT)?.apiKey).toBe(KEYS.opsgenie);
  });

  test.for<[string, string]>([
    ['missing', ''],
    ['a folder', '/'],
    ['not valid JSON', `{"key": ${KEYS.opsgenie}`],
    ['null', 'null'],
  ])('the update succeeds, whatever the event is: %s', async ([, content], { run }) => {
    const path = join(mkdtempSync(join(folder, 'event-')), 'event.json');
    if (content !== '' && content !== '/') writeFileSync(path, content);
    const result = await run({}, { env: { GITHUB_EVENT_PATH: content === '/' ? folder : path }, secrets: [] });
    expect(result).toMatchObject({ exitCode: 0, annotations: [] });
    expect(result.log).not.toContain(folder);
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });
});

test.for(['20.20.2', '23.11.1'])(
  'on Node %s, the step fails before it sends anything, and says why',
  async (version, { datadog, run }) => {
    // Fakes the version, and removes what older versions do not have.
    const env = preload(`
    Object.defineProperty(process.versions, 'node', { value: '${version}' });
    delete RegExp.escape;
    delete URL.parse;
    delete Promise.withResolvers;`);
    const result = await run({ region: 'mars' }, { env });
    expectFailure(result, 'runtime');
    expect(errorOf(result)).toContain(`needs Node 24, but the runner started Node ${version}.`);
    expect(datadog.tunnels).toEqual([]);
  },
);

describe('dist/', () => {
  test('runs from the archive that a runner downloads, which is at most 90 kB', async ({ run }) => {
    const folder = mkdtempSync(join(tmpdir(), 'archive-'));
    execFileSync('git', ['archive', '--worktree-attributes', '--output', join(folder, 'action.tar'), 'HEAD']);
    execFileSync('tar', ['-xf', 'action.tar'], { cwd: folder });
    expect(await run({}, { main: join(folder, 'dist/index.js') })).toMatchObject({ exitCode: 0 });
    const size = gzipSync(readFileSync(join(folder, 'action.tar')), { level: 9 }).length;
    expect(size, 'list what does not run in .gitattributes').toBeLessThanOrEqual(90_000);
    rmSync(folder, { recursive: true });
  });

  test('is not minified', () => {
    const lines = readFileSync('dist/index.js', 'utf8').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
  });
});

test('dist/unreached.js, which replaces packages that no run reaches, fails on every use', () => {
  const { Octokit, ProxyAgent, ...functions } = createRequire(import.meta.url)('../../dist/unreached.js');
  const error = /not part of the action/;
  expect(Object.keys(functions)).not.toEqual([]);
  for (const call of Object.values<() => void>(functions)) expect(call).toThrow(error);
  const Prepared = Octokit.plugin().defaults();
  expect(() => new Prepared()).toThrow(error);
  const agent = new ProxyAgent('http://proxy.example:3128');
  expect(() => agent.dispatch()).toThrow(error);
});
