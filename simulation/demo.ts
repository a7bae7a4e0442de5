// Shows what users see: runs the action on a simulated runner, against simulated servers. `npm run demo` starts it.
import { styleText } from 'node:util';
import type { Step } from './runner.ts';
import type { Annotation } from './runner-log.ts';
import { play, SCENES } from './scenes.ts';

const WIDTH = Math.max(process.stdout.columns ?? 100, 40);

const SECRETS = ['api_key', 'dd_api_key', 'dd_app_key'];

type Rows = readonly (readonly [name: string, value: string])[];

print(
  'The action runs against a simulated Datadog and a simulated Opsgenie, with made-up keys. Nothing it sends leaves this machine.',
);
for (const [index, scene] of Object.values(SCENES).entries()) {
  const { inputs, result, requests, account } = await play(scene);
  console.log(`\n\n${styleText(['bold', 'inverse'], ` ${index + 1}. ${scene.title} `)}`);
  section('Inputs', renderInputs(inputs));
  section('Log', result.log);
  section('Annotations', result.annotations.map(renderAnnotation).join('\n') || 'none');
  section('Outputs', renderRows(Object.entries(result.outputs)));
  section('Job summary', renderSummary(result.summary));
  section('Requests that the action sent', requests.join('\n') || 'none');
  section(
    'Account in Datadog after the run',
    account.hasNewKey ? `new key, region ${account.region}` : `unchanged: previous key, region ${account.region}`,
  );
  section('Result', result.exitCode === 0 ? '✅ Success' : '❌ Failure');
}
console.log();
section(
  'What to try next',
  [
    '- Edit a scene in simulation/scenes.ts and run the demo again.',
    '- Read docs/failures.md, which shows every failure and what to do about it.',
    '- Copy the workflow in README.md. With dry_run: true, it checks the key and the account, and changes nothing.',
  ].join('\n'),
);

function section(name: string, text: string): void {
  console.log(`\n${styleText('bold', name)}`);
  print(text, '  ');
}

/** Prints text wrapped to the width of the terminal. Continuation lines are indented like the text they continue. */
function print(text: string, indent = ''): void {
  for (const line of text.trimEnd().split('\n')) {
    // What a continuation line leaves free: spaces, the bullet of a list, or the first column of a table.
    const [lead = ''] = /^ *(?:- |\S.*? {2,})?/.exec(line) ?? [];
    const room = WIDTH - indent.length - lead.length;
    const rows = line.slice(lead.length).match(new RegExp(`\\S.{0,${room - 1}}(?= |$)|\\S+`, 'g')) ?? [''];
    for (const [index, row] of rows.entries()) {
      console.log(`${indent}${index === 0 ? lead : ' '.repeat(lead.length)}${row}`.trimEnd());
    }
  }
}

/** The inputs that the workflow sets, with secrets masked as in GitHub's log. */
function renderInputs(inputs: Step['with']): string {
  const rows = Object.entries(inputs).map(
    ([name, value]) => [name, SECRETS.includes(name) && value !== '' ? '***' : value] as const,
  );
  return renderRows(rows);
}

function renderAnnotation({ level, title, message }: Annotation): string {
  return `${level === 'error' ? '❌' : '⚠️'} ${title}\n${message.replace(/^/gm, '   ')}`;
}

/** Converts the Markdown of a job summary to plain text. */
function renderSummary(markdown: string): string {
  return markdown
    .replace(/(?:^\| .* \|\n)+/gm, (table) => {
      const rows = [...table.matchAll(/^\| (?!---)(.*?) \| (.*?) \|$/gm)];
      return `${renderRows(rows.map(([, name = '', value = '']) => [name, value]))}\n`;
    })
    .replace(/^### |\*\*/gm, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function renderRows(rows: Rows): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value || '(empty)'}`).join('\n');
}
