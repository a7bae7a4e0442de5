import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runScript } from '../support/workflow-script.ts';

const { on, jobs, defaults } = parse(readFileSync('.github/workflows/release.yml', 'utf8'));
const { verify, attest, publish } = jobs;
const checkTag = verify.steps.find(({ id }: { id?: string }) => id === 'tag').run;
const publishRelease = publish.steps.at(-1).run;

const NOTES = '- Fixes something.';
const CHANGELOG = `# Changelog\n\n## 1.2.3 (2026-11-22)\n\n${NOTES}\n\n## 1.2.2 (2026-10-01)\n\n- Fixes something else.\n`;
/** A GitHub CLI that finds the tag at the commit TAGGED. The command FAILING fails. */
const GH = `#!/bin/sh\nprintf '%s\\n' "$*" >> "$GITHUB_OUTPUT"; [ "$1" != "$FAILING" ] && echo "$TAGGED"\n`;

// On Windows, `bash` may start WSL, which does not understand Windows paths.
describe.skipIf(process.platform === 'win32')('release.yml', () => {
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'release-'));
    writeFileSync(join(checkout, 'package.json'), '{"version": "1.2.3"}');
    writeFileSync(join(checkout, 'CHANGELOG.md'), CHANGELOG);
    writeFileSync(join(checkout, 'gh'), GH, { mode: 0o755 });
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'Start');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  });

  afterEach(() => rmSync(checkout, { recursive: true }));

  function git(...args: string[]): void {
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: checkout });
  }

  /** Runs a script. Its outputs, its job summary, and its calls of `gh` are in `written`. */
  function run(script: string, env: NodeJS.ProcessEnv = {}) {
    const file = join(checkout, 'written');
    writeFileSync(file, '');
    const files = {
      GITHUB_OUTPUT: file,
      GITHUB_STEP_SUMMARY: file,
      PATH: `${checkout}${delimiter}${process.env.PATH}`,
    };
    const given = { GITHUB_REPOSITORY: 'acme/action', GITHUB_SHA: 'c0ffee', TAGGED: 'c0ffee', TAG: 'v1.2.3', NOTES };
    const ran = runScript(script, { ...files, ...given, ...env }, checkout);
    return { ...ran, written: readFileSync(file, 'utf8') };
  }

  function expectError(script: string, env: NodeJS.ProcessEnv, message: string): void {
    const { status, printed, written } = run(script, env);
    expect(printed).toContain(`::error::${message}`);
    expect(written).not.toMatch(/notes|release create/);
    expect(status).toBe(1);
  }

  test('reads the notes for the tagged version', () => {
    expect(run(checkTag)).toMatchObject({ status: 0, written: `notes<<END_OF_NOTES\n\n${NOTES}\nEND_OF_NOTES\n` });
  });

  test('rejects a tag that is not the version in package.json', () => {
    for (const tag of ['v1', 'v1.2.3-rc.1', 'main', '']) {
      expectError(checkTag, { TAG: tag }, `The tag must look like v1.2.3, not ${tag}.`);
    }
    expectError(checkTag, { TAG: 'v1.2.4' }, 'The tag is v1.2.4, but the version in package.json is 1.2.3.');
  });

  test('rejects a commit that is not on main', () => {
    git('commit', '-q', '--allow-empty', '-m', 'Change something');
    expectError(checkTag, {}, 'The tagged commit is not on main.');
  });

  test.each([
    ['has no date', CHANGELOG.replace('(2026-11-22)', '(unreleased)')],
    ['has no notes', CHANGELOG.replace(NOTES, '')],
    ['is missing', CHANGELOG.replace('1.2.3', '1.2.30')],
  ])('rejects a version whose section in CHANGELOG.md %s', (_, changelog) => {
    writeFileSync(join(checkout, 'CHANGELOG.md'), changelog);
    expectError(checkTag, {}, 'CHANGELOG.md has no notes under a heading');
  });

  test('publishes the existing tag with its notes, then explains how to move the major tag', () => {
    const written = [
      'api repos/acme/action/commits/tags/v1.2.3 --jq .sha',
      `release create v1.2.3 --verify-tag --title v1.2.3 --notes ${NOTES}`,
      'Unless a newer release of v1 exists, move its tag:',
      '```sh\ngit tag -f v1 v1.2.3\ngit push -f origin v1\n```\n',
    ];
    expect(run(publishRelease)).toMatchObject({ status: 0, written: written.join('\n') });
  });

  test('publishes nothing if the tag has moved or has no notes', () => {
    const message = 'v1.2.3 now points to badc0de, but this run verified c0ffee.';
    expectError(publishRelease, { TAGGED: 'badc0de' }, message);
    expectError(publishRelease, { NOTES: '' }, 'The release notes are empty.');
  });

  test('fails if the GitHub CLI fails', () => {
    for (const command of ['api', 'release']) expect(run(publishRelease, { FAILING: command }).status, command).toBe(1);
  });
});

test('release.yml starts for version tags and runs each job only if the previous one succeeded', () => {
  expect([on, defaults]).toEqual([{ push: { tags: ['v*.*.*'] } }, { run: { shell: 'bash' } }]);
  expect([verify.needs, attest.needs, publish.needs]).toEqual([undefined, 'verify', ['verify', 'attest']]);
  expect(JSON.stringify(jobs)).not.toMatch(/"(?:if|continue-on-error)":/);
});

test('release.yml checks out the commit of the run, not a tag that can move', () => {
  const steps = [...verify.steps, ...attest.steps, ...publish.steps];
  const refs = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@')).map((step) => step.with.ref);
  expect(refs).toEqual(Array(2).fill(expect.stringMatching(/^\$\{\{ github\.sha \}\}$/)));
});

test('release.yml runs all checks and attests everything that users run', () => {
  expect(verify.steps.at(-1).run).toBe('.ci/run');
  expect(attest.steps.at(-1).with['subject-path']).toBe('action.yml\ndist/*\n');
});

test('release.yml grants each job only the permissions that it needs, and publishes in an environment', () => {
  expect(verify.permissions).toEqual({ contents: 'read' });
  expect(attest.permissions).toEqual({ contents: 'read', 'id-token': 'write', attestations: 'write' });
  expect([publish.permissions, publish.environment]).toEqual([{ contents: 'write' }, 'release']);
});
