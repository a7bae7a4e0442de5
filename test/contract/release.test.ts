import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Ran, runScript } from '../support/workflow-script.ts';

// Runs the scripts of release.yml as the runner does: with bash, environment variables, and a checkout.

const { on, jobs, defaults } = parse(readFileSync('.github/workflows/release.yml', 'utf8'));
const REPOSITORY = 'acme/datadog-opsgenie-account';
const CHANGELOG = `# Changelog

## 1.2.3 (2026-11-22)

- Fixes something.

## 1.2.2 (2026-10-01)

- Fixes something else.
`;

let checkout: string;

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: checkout, encoding: 'utf8' }).trim();
}

/** Commits files to main, here and on origin. */
function commit(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    writeFileSync(join(checkout, name), content);
  }
  git('add', '-A');
  git('commit', '-q', '-m', 'Change something');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
}

/** Runs the step of a job whose name starts with the given words. Its output and its summary are in `written`. */
function runStep(job: string, step: string, env: NodeJS.ProcessEnv = {}): Ran & { readonly written: string } {
  expect(defaults.run.shell).toBe('bash');
  const { run } = jobs[job].steps.find(({ name = '' }: { name?: string }) => name.startsWith(step));
  const file = join(checkout, '.git', 'written');
  writeFileSync(file, '');
  const files = { GITHUB_OUTPUT: file, GITHUB_STEP_SUMMARY: file };
  const ran = runScript(run, { ...files, GITHUB_REPOSITORY: REPOSITORY, TAG: 'v1.2.3', ...env }, checkout);
  return { ...ran, written: readFileSync(file, 'utf8') };
}

function expectError({ status, printed }: Ran, message: string): void {
  expect(printed).toContain(`::error::${message}`);
  expect(status).toBe(1);
}

// release.yml runs on Linux. On Windows, `bash` may start WSL, which does not understand Windows paths.
describe.skipIf(process.platform === 'win32')('the scripts', () => {
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'release-'));
    git('init', '-q', '-b', 'main');
  });

  afterEach(() => rmSync(checkout, { recursive: true }));

  describe('check the tag', () => {
    const check = (env?: NodeJS.ProcessEnv): ReturnType<typeof runStep> => runStep('verify', 'Check the tag', env);

    beforeEach(() => commit({ 'package.json': '{"version": "1.2.3"}', 'CHANGELOG.md': CHANGELOG }));

    test('and read the notes of this version', () => {
      const written = 'notes<<END_OF_NOTES\n\n- Fixes something.\nEND_OF_NOTES\n';
      expect(check()).toEqual({ status: 0, printed: '', written });
    });

    test.each(['v1', 'v1.2.3-rc.1', 'main', ''])('and reject the tag "%s"', (tag) => {
      expectError(check({ TAG: tag }), `The tag must look like v1.2.3, not ${tag}.`);
    });

    test('and reject a tag that is not the version of the package', () => {
      expectError(check({ TAG: 'v1.2.4' }), 'The tag is v1.2.4, but the version in package.json is 1.2.3.');
    });

    test('and reject a commit that is not on main', () => {
      const main = git('rev-parse', 'HEAD');
      commit({ 'CHANGELOG.md': `${CHANGELOG}\n` });
      git('update-ref', 'refs/remotes/origin/main', main);
      expectError(check(), 'The tagged commit is not on main.');
    });

    test.each([
      ['without a date', CHANGELOG.replace('(2026-11-22)', '(unreleased)')],
      ['without notes', CHANGELOG.replace('- Fixes something.\n', '')],
      ['of another version only', CHANGELOG.replace('1.2.3', '1.2.30')],
    ])('and reject a changelog section %s', (_, changelog) => {
      commit({ 'CHANGELOG.md': changelog });
      expectError(check(), 'CHANGELOG.md has no notes under a heading');
    });
  });

  describe('publish', () => {
    /** Runs the script with a `gh` that records its arguments. */
    const publish = (env: NodeJS.ProcessEnv, gh = 'if [ "$1" = api ]; then echo "$TAGGED"; fi') => {
      const folder = join(checkout, 'bin');
      mkdirSync(folder);
      writeFileSync(join(folder, 'gh'), `#!/bin/sh\nprintf '%s\\n' "$*" >> "$GITHUB_OUTPUT"\n${gh}\n`, { mode: 0o755 });
      const path = `${folder}${delimiter}${process.env.PATH}`;
      return runStep('publish', 'Publish', { PATH: path, GITHUB_SHA: 'c0ffee', TAGGED: 'c0ffee', ...env });
    };

    test('creates a release of the existing tag with the notes, and then says how to move the major tag', () => {
      expect(publish({ NOTES: '- Fixes something.' })).toEqual({
        status: 0,
        printed: '',
        written: [
          `api repos/${REPOSITORY}/commits/tags/v1.2.3 --jq .sha`,
          'release create v1.2.3 --verify-tag --title v1.2.3 --notes - Fixes something.',
          'Unless a newer release of v1 exists, move its tag:',
          '```sh\ngit tag -f v1 v1.2.3\ngit push -f origin v1\n```\n',
        ].join('\n'),
      });
    });

    test('fails if the tag no longer points to the verified commit', () => {
      const ran = publish({ NOTES: '- Fixes something.', TAGGED: 'badc0de' });
      expectError(ran, 'v1.2.3 now points to badc0de, but this run verified c0ffee.');
      expect(ran.written).not.toContain('release create');
    });

    test('fails without notes', () => {
      expectError(publish({ NOTES: '' }), 'The release notes are empty.');
    });

    test.each(['api', 'release'])('fails if "gh %s" fails', (command) => {
      const gh = `if [ "$1" = ${command} ]; then exit 1; fi; echo "$TAGGED"`;
      expect(publish({ NOTES: '- Fixes something.' }, gh).status).toBe(1);
    });
  });
});

describe('the jobs', () => {
  const { verify, attest, publish } = jobs;

  test('run one after the other, each only if the previous one succeeded', () => {
    expect([verify.needs, attest.needs, publish.needs]).toEqual([undefined, 'verify', ['verify', 'attest']]);
    expect(JSON.stringify(jobs)).not.toMatch(/"(?:if|continue-on-error)":/);
  });

  test('check out the commit of the run, never a branch or tag that can move', () => {
    const steps = [...verify.steps, ...attest.steps, ...publish.steps];
    const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    expect(checkouts).toHaveLength(2);
    for (const step of checkouts) expect(step.with.ref).toMatch(/^\$\{\{ github\.sha \}\}$/);
  });

  test('start only for a tag', () => {
    expect(on).toEqual({ push: { tags: ['v*.*.*'] } });
  });

  test('run all checks, and attest everything that a user of the action runs', () => {
    expect(verify.steps.at(-1).run).toBe('.ci/run');
    expect(attest.steps.at(-1).with['subject-path'].split('\n')).toEqual(['action.yml', 'dist/*', '']);
  });

  test('have only the write permissions that they need', () => {
    expect([verify.permissions, attest.permissions, publish.permissions]).toEqual([
      { contents: 'read' },
      { contents: 'read', 'id-token': 'write', attestations: 'write' },
      { contents: 'write' },
    ]);
  });

  test('publish in an environment that can require approval', () => {
    expect(publish.environment).toBe('release');
  });
});
