import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { parse } from 'yaml';
import { type Annotation, RunnerLog } from './runner-log.ts';

const ROOT = join(import.meta.dirname, '..');

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

/** The parsed action.yml. */
export const metadata: ActionMetadata = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));

/** Path of the action's main program. */
export const MAIN = join(ROOT, metadata.runs.main);

/** A step that uses the action. */
export interface Step {
  readonly with: { readonly [input: string]: string };
  readonly env?: { readonly [variable: string]: string | undefined };
  /** Values from the `secrets` context, which the runner masks from the start. */
  readonly secrets?: readonly string[];
  /** Path of the main program. The default is {@link MAIN}. */
  readonly main?: string;
  /** Path of the Node binary. The default is this process's own binary. */
  readonly node?: string;
  /** The event that triggered the workflow. The default is a workflow_dispatch by octocat. */
  readonly event?: { readonly name: string; readonly actor: string; readonly payload: unknown };
  /** Cancels the run with the resolved signal. The real runner sends SIGINT first. */
  readonly cancelled?: Promise<NodeJS.Signals>;
  /** Called with each line that the step prints, as it arrives and before masking. */
  readonly onLine?: (line: string) => void;
}

/** False on Windows, where kill() ends the process immediately. The real runner sends Ctrl+C through the console. */
export const HAS_SIGNALS = process.platform !== 'win32';

/** The result of a step. */
export interface StepResult {
  readonly exitCode: number | null;
  /** The log as the user sees it. */
  readonly log: string;
  readonly annotations: readonly Annotation[];
  readonly errors: readonly Annotation[];
  readonly warnings: readonly Annotation[];
  /** Names of the executed workflow commands, except those that only print. */
  readonly commands: readonly string[];
  readonly outputs: { readonly [name: string]: string };
  /** The job summary, with secrets masked. */
  readonly summary: string;
  /** Everything the step printed, before masking, and wrote to the output and summary files. */
  readonly raw: string;
  /** Run time in milliseconds. */
  readonly duration: number;
}

/** The `INPUT_…` variables of a step: its inputs, declared in action.yml or not, and the defaults of all others. */
export function inputVariables(step: Step): { readonly [name: string]: string } {
  const passed = Object.keys(step.with).map((name) => name.toLowerCase());
  const omitted = Object.entries(metadata.inputs).filter(([name]) => !passed.includes(name));
  const defaults = Object.fromEntries(omitted.map(([name, input]) => [name, input.default ?? '']));
  const inputs = Object.entries({ ...step.with, ...defaults });
  return Object.fromEntries(inputs.map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]));
}

/**
 * The environment variables that the runner sets for a step: its inputs and the paths of the runner's files, which are
 * created in `folder`. Passes on only those variables from this process that a real runner also has.
 */
export function runnerEnvironment(step: Step, folder: string): NodeJS.ProcessEnv {
  const event = step.event ?? { name: 'workflow_dispatch', actor: 'octocat', payload: { inputs: {} } };
  const files = { output: '', 'summary.md': '', 'event.json': JSON.stringify(event.payload) };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return {
    ...Object.fromEntries(['PATH', 'HOME', 'SystemRoot', 'TEMP'].map((name) => [name, process.env[name]])),
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: event.actor,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_REPOSITORY: 'acme/infrastructure',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: folder,
    ...inputVariables(step),
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    ...step.env,
  };
}

/** Runs the action as the runner does: in its own process, with its {@link runnerEnvironment}. */
export async function runStep(step: Step): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  const environment = runnerEnvironment(step, folder);
  const log = new RunnerLog(step.secrets ?? [], environment.RUNNER_DEBUG === '1');
  const declared = Object.keys(metadata.inputs);
  const unexpected = Object.keys(step.with).filter((name) => !declared.includes(name.toLowerCase()));
  if (unexpected.length > 0) {
    const names = [unexpected, declared].map((list) => list.join("', '"));
    log.read(`::warning::Unexpected input(s) '${names[0]}', valid inputs are ['${names[1]}']`);
  }
  const start = performance.now();
  const child = spawn(step.node ?? process.execPath, [step.main ?? MAIN], { cwd: folder, env: environment });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  step.cancelled?.then((signal) => child.kill(signal));
  const read = (line: string): void => {
    log.read(line);
    step.onLine?.(line);
  };
  const printed = await Promise.all([readLines(child.stdout, read), readLines(child.stderr, read)]);
  const exitCode = await ended;
  const duration = performance.now() - start;

  const [output, summary] = ['output', 'summary.md'].map((name) => readFileSync(join(folder, name), 'utf8'));
  rmSync(folder, { recursive: true });
  return {
    exitCode,
    log: log.lines.join('\n'),
    annotations: log.annotations,
    errors: log.annotations.filter(({ level }) => level === 'error'),
    warnings: log.annotations.filter(({ level }) => level === 'warning'),
    commands: log.commands,
    outputs: parseOutputs(output ?? ''),
    summary: log.mask(summary ?? ''),
    raw: [...printed, output, summary].join('\n'),
    duration,
  };
}

/** Reads a stream line by line as it arrives and returns the whole text. A line ends with CR LF, LF, or CR. */
async function readLines(stream: Readable, read: (line: string) => void): Promise<string> {
  let all = '';
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    all += chunk;
    const lines = (rest + chunk).split(/\r\n|\n|\r(?=.)/s);
    rest = lines.pop() ?? '';
    for (const line of lines) read(line);
  }
  if (rest !== '') read(rest);
  return all;
}

/** Parses the GITHUB_OUTPUT file: `name<<delimiter`, the value, the delimiter again. */
function parseOutputs(file: string): { [name: string]: string } {
  const entries = [...file.matchAll(/^([^<\n]+)<<(.+?)\r?\n(.*?)\r?\n\2\r?$/gms)];
  return Object.fromEntries(entries.map(([, name, , value]) => [name, value]));
}
