// Shows what a user sees: the action's main job, run as a runner runs it, against a simulated Datadog.
import { styleText } from 'node:util';
import type { Annotation } from './support/runner-log.ts';
import { STEP, startDatadog } from './support/scenario.ts';
import { answer, type Script } from './support/simulated-datadog.ts';
import { runStep, type Step } from './support/simulated-runner.ts';

interface Scene {
  readonly title: string;
  readonly inputs?: Step['with'];
  readonly scripts?: readonly Script[];
}

const RATE_LIMIT = { 'X-RateLimit-Reset': '2', 'X-RateLimit-Name': 'opsgenie_accounts' };

const SCENES: readonly Scene[] = [
  { title: 'A rotation that works' },
  { title: 'A dry run of it, which changes nothing', inputs: { dry_run: 'true' } },
  { title: 'One that Datadog refuses: the secret holds no Opsgenie key', inputs: { api_key: 'the-wrong-secret' } },
  {
    title: 'One that is rate-limited and then works',
    scripts: [answer(429, { errors: ['Too many requests'] }, RATE_LIMIT)],
  },
];

for (const { title, inputs, scripts = [] } of SCENES) {
  await using datadog = await startDatadog();
  datadog.script(...scripts);
  const result = await runStep({ ...STEP, with: { ...STEP.with, ...inputs }, env: datadog.environment });

  console.log(`\n${styleText(['bold', 'inverse'], ` ${title} `)}`);
  section('Log', result.log);
  section('Annotations', result.annotations.map(renderAnnotation).join('\n') || 'none');
  section(
    'Outputs',
    Object.entries(result.outputs)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  );
  section('Job summary', renderSummary(result.summary));
  section('Result', result.exitCode === 0 ? styleText('green', '✔ success') : styleText('red', '✘ failure'));
}

function section(name: string, text: string): void {
  console.log(`\n${styleText('bold', name)}\n${text.trim().replace(/^/gm, '  ')}`);
}

function renderAnnotation({ level, title, message }: Annotation): string {
  return `${styleText(level === 'error' ? 'red' : 'yellow', `${level}: ${title}`)}\n${message}`;
}

/** The job summary as text: tables aligned, markup gone, character references resolved. */
function renderSummary(markdown: string): string {
  return markdown
    .replace(/^\| \| \|\n\| --- \| --- \|\n/m, '')
    .replace(/^\| (.*?) \| (.*?) \|$/gm, (_, name: string, value: string) => `${name.padEnd(12)}${value}`)
    .replace(/^### |\*\*/gm, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
