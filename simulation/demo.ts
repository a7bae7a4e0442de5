// Runs the action on a simulated runner, against a simulated server, and prints what a user would see.
import { styleText } from 'node:util';
import type { Annotation } from './runner-log.ts';
import { play, SCENES } from './scenes.ts';

for (const scene of Object.values(SCENES)) {
  const result = await play(scene);
  console.log(`\n${styleText(['bold', 'inverse'], ` ${scene.title} `)}`);
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

/** Converts the job summary to plain text: aligns tables, removes markup, decodes character references. */
function renderSummary(markdown: string): string {
  return markdown
    .replace(/^\| \| \|\n\| --- \| --- \|\n/m, '')
    .replace(/^\| (.*?) \| (.*?) \|$/gm, (_, name: string, value: string) => `${name.padEnd(12)}${value}`)
    .replace(/^### |\*\*/gm, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
