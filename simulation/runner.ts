import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type Annotation, RunnerLog } from './runner-log.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Field {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
}

interface ActionMetadata {
  readonly inputs: { readonly [name: string]: Field };
  readonly outputs: { readonly [name: string]: Field };
  readonly runs: { readonly main: string };
}

/** action.yml, as the runner reads it. */
export const metadata: ActionMetadata = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));

/** The program that the runner starts. */
export const MAIN = join(ROOT, metadata.runs.main);

/** A step that uses the action. */
export interface Step {
  readonly with: { readonly [input: string]: string };
  readonly env?: { readonly [variable: string]: string | undefined };
  /** The values that came from `secrets`: the runner masks them from the start. */
  readonly secrets?: readonly string[];
  /** What started the workflow: by default a workflow_dispatch by octocat. */
  readonly event?: { readonly name: string; readonly actor: string; readonly payload: unknown };
  /** The run is cancelled when this settles, by this signal. The runner sends SIGINT first. */
  readonly cancelled?: Promise<NodeJS.Signals>;
}

/** Windows has no signals: to send one ends the process at once, where a runner makes the console send Ctrl+C. */
export const HAS_SIGNALS = process.platform !== 'win32';

/** What a step left behind. */
export interface StepResult {
  readonly exitCode: number | null;
  /** The log as a person sees it. */
  readonly log: string;
  readonly annotations: readonly Annotation[];
  readonly errors: readonly Annotation[];
  readonly warnings: readonly Annotation[];
  /** Names of the workflow commands that were obeyed, but those that only print. */
  readonly commands: readonly string[];
  readonly outputs: { readonly [name: string]: string };
  /** The job summary, masked as the runner masks it. */
  readonly summary: string;
  /** Every byte that was printed, before masking, and what was written to the files. */
  readonly raw: string;
  /** Milliseconds that the process took. */
  readonly duration: number;
}

/** The action's main program while it runs. */
export interface Running {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Cancels it as the runner does. */
  cancel(signal: NodeJS.Signals): void;
}

/** Starts the action's main program. */
export type Launch = (environment: NodeJS.ProcessEnv, folder: string) => Running;

const launchDist: Launch = (env, cwd) => {
  const child = spawn(process.execPath, [MAIN], { cwd, env });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    ended: new Promise((done) => child.on('close', done)),
    cancel: (signal) => child.kill(signal),
  };
};

/**
 * The environment that the runner gives a step: `INPUT_…` for every input that action.yml declares (empty where it is
 * neither given nor has a default), the runner's files, which are made in a folder, and nothing of this process's
 * environment that a runner would not have either.
 */
export function runnerEnvironment(step: Step, folder: string): NodeJS.ProcessEnv {
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const event = step.event ?? { name: 'workflow_dispatch', actor: 'octocat', payload: { inputs: {} } };
  const inputs = Object.entries(metadata.inputs).map(([name, input]) => [
    `INPUT_${name.toUpperCase()}`,
    step.with[name] ?? input.default ?? '',
  ]);
  return {
    ...Object.fromEntries(['PATH', 'HOME', 'SystemRoot', 'TEMP'].map((name) => [name, process.env[name]])),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: event.actor,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_REPOSITORY: 'acme/infrastructure',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: folder,
    ...Object.fromEntries(inputs),
    GITHUB_OUTPUT: file('output', ''),
    GITHUB_STEP_SUMMARY: file('summary.md', ''),
    GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event.payload)),
    ...step.env,
  };
}

/** Runs the action's main program as the runner does, in an own process with its {@link runnerEnvironment}. */
export async function runStep(step: Step, launch = launchDist): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  const environment = runnerEnvironment(step, folder);

  const log = new RunnerLog(step.secrets ?? [], environment.RUNNER_DEBUG === '1');
  const start = performance.now();
  const running = launch(environment, folder);
  step.cancelled?.then((signal) => running.cancel(signal));
  const printed = await Promise.all([readLines(running.stdout, log), readLines(running.stderr, log)]);
  const exitCode = await running.ended;
  const duration = performance.now() - start;

  const [output, summary] = ['output', 'summary.md'].map((name) => readFileSync(join(folder, name), 'utf8'));
  rmSync(folder, { recursive: true });
  return {
    exitCode,
    log: log.lines.join('\n'),
    annotations: log.annotations,
    errors: log.annotations.filter(({ level }) => level === 'error'),
    warnings: log.annotations.filter(({ level }) => level === 'warning'),
    commands: log.commands.map(({ name }) => name),
    outputs: parseOutputs(output ?? ''),
    summary: log.mask(summary ?? ''),
    raw: [...printed, output, summary].join('\n'),
    duration,
  };
}

/** Hands a stream to the log line by line, as it comes; a line ends with CR LF, LF or CR. */
async function readLines(stream: Readable, log: RunnerLog): Promise<string> {
  let all = '';
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    all += chunk;
    const lines = (rest + chunk).split(/\r\n|\n|\r(?=.)/s);
    rest = lines.pop() ?? '';
    for (const line of lines) log.read(line);
  }
  if (rest !== '') log.read(rest);
  return all;
}

/** Reads the file of outputs: `name<<delimiter`, the value, the delimiter again. */
function parseOutputs(file: string): { [name: string]: string } {
  const entries = [...file.matchAll(/^([^<\n]+)<<(.+?)\r?\n(.*?)\r?\n\2\r?$/gms)];
  return Object.fromEntries(entries.map(([, name, , value]) => [name, value]));
}
