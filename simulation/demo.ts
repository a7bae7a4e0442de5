// Shows what users see: runs the action on a simulated runner against simulated servers. `npm run demo` starts it.
import { styleText } from 'node:util';
import type { Step, StepResult } from './runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, runStepAgainst, STEP, startDatadog, UNKNOWN_ACCOUNT } from './scenario.ts';
import { respond, type Script } from './scripts.ts';

// Some terminals report no width, or 0.
const WIDTH = Math.max(process.stdout.columns || 80, 60);

const LABEL_WIDTH = 13;

const SECRETS = ['api_key', 'dd_api_key', 'dd_app_key'];

/** One run in the demo. */
interface Scene {
  readonly title: string;
  /** Inputs that differ from {@link STEP}. */
  readonly inputs: Step['with'];
  readonly scripts?: readonly Script[];
}

const SCENES: readonly Scene[] = [
  { title: 'Key rotation: Opsgenie accepts the new key, and Datadog stores it', inputs: { verify_key: 'true' } },
  { title: 'Dry run: the step shows what an update would change', inputs: { dry_run: 'true' } },
  { title: 'Misspelled input: the step fails instead of updating the account', inputs: { 'dry-run': 'true' } },
  { title: 'Empty secret: the step fails before it sends a request', inputs: { api_key: '' } },
  {
    title: 'Key without Configuration access: Opsgenie rejects the key',
    inputs: { verify_key: 'true', api_key: KEYS.opsgenieWithoutConfigurationAccess },
  },
  { title: 'Wrong site: Datadog rejects credentials from another site', inputs: { site: 'US3' } },
  { title: 'Unknown account: the step lists the accounts that exist', inputs: { account_id: UNKNOWN_ACCOUNT } },
  {
    title: 'Rate limit: the step waits as long as Datadog asks and retries',
    inputs: {},
    scripts: [respond(429, { errors: ['Too many requests'] }, { 'X-RateLimit-Reset': '2' })],
  },
];

console.log('The action runs against a simulated Datadog and a simulated Opsgenie on this');
console.log('machine, with made-up keys. Every scene starts from this step:\n');
print('Inputs', renderInputs(STEP.with));
for (const [index, { title, inputs, scripts = [] }] of SCENES.entries()) {
  await using datadog = await startDatadog();
  datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
  datadog.script(...scripts);
  const result = await runStepAgainst(datadog, { with: inputs });
  console.log(`\n${styleText('bold', `${result.exitCode === 0 ? '✅' : '❌'} ${index + 1}. ${title}`)}`);
  print('Inputs', renderInputs(inputs) || 'as above');
  print('Log', renderLog(result));
  for (const annotation of result.annotations) {
    print('Annotation', `${annotation.level}: ${annotation.title}\n${annotation.message}`.replace(': \n', ': '));
  }
  // A summary repeats the log or the annotation, so one summary is enough.
  if (index === 0) print('Job summary', renderSummary(result.summary));
  const outputs = Object.entries(result.outputs).map(([name, value]) => `${name}=${value}`);
  print('Outputs', outputs.join(' '));
  print('Requests', datadog.requests.map(({ method, host }) => `${method} ${host}`).join(', ') || 'none');
  const account = datadog.organization.accounts.get(ACCOUNT);
  print('Datadog has', `${account?.apiKey === KEYS.before ? 'previous' : 'new'} key, region ${account?.region}`);
}
console.log('\nNext, run `npm run simulate` to try your own inputs, or copy the workflow in the README.');

/** Prints text behind a label, wrapped to the width of the terminal. */
function print(label: string, text: string): void {
  for (const [index, row] of text.trimEnd().split('\n').flatMap(wrap).entries()) {
    console.log(`${styleText('bold', (index === 0 ? label : '').padEnd(LABEL_WIDTH))}${row}`);
  }
}

/** Wraps a line. Continuation lines are indented past the bullet of a list, or past the first column of a table. */
function wrap(line: string): string[] {
  const [lead = ''] = /^ *(?:- |\S.*? {2,})?/.exec(line) ?? [];
  const room = WIDTH - LABEL_WIDTH - lead.length;
  const rows = line.slice(lead.length).match(new RegExp(`\\S.{0,${room - 1}}(?= |$)|\\S+`, 'g')) ?? [''];
  return rows.map((row, index) => `${index === 0 ? lead : ' '.repeat(lead.length)}${row}`);
}

/** Renders one input per line, with secrets masked as in GitHub's log. */
function renderInputs(inputs: Step['with']): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name}: ${value === '' ? '(empty)' : SECRETS.includes(name) ? '***' : value}`)
    .join('\n');
}

/** Renders the log without the annotations' text, which GitHub repeats there. */
function renderLog({ log, annotations }: StepResult): string {
  return annotations.reduce((text, { message }) => text.replace(message, '(the text of the annotation)'), log);
}

/** Converts the Markdown of a job summary to plain text. */
function renderSummary(markdown: string): string {
  return markdown
    .replace(/^\| ---.*\n/gm, '')
    .replace(/^\| (.*?) \| (.*?) \|$/gm, (_, name: string, value: string) => `${name.padEnd(10)}  ${value}`)
    .replace(/^### |\*\*/gm, '')
    .replace(/\n{2,}/g, '\n')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
