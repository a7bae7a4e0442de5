import { spawnSync } from 'node:child_process';

/** Exit code and output of a script. */
export interface Ran {
  readonly status: number | null;
  readonly printed: string;
}

/** Runs the script of a workflow step as a runner does with `shell: bash`. */
export function runScript(script: string, env: NodeJS.ProcessEnv, cwd?: string): Ran {
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
}
