import type { Subject } from './inputs.ts';
import type { Origin } from './origin.ts';
import { type Clean, markdown, truncate } from './untrusted.ts';

/** An input can be of any length, but the runner takes no summary of more than 1 MiB. */
const MAX_CELL = 200;

/** What a job summary tells. Its texts may come from outside, but for heading and remedy, which are fixed. */
export interface Story {
  readonly heading: string;
  readonly subject: Subject;
  readonly attempts: number;
  /** What happened: a sentence, and what belongs to it. */
  readonly happened: string;
  readonly details: readonly string[];
  /** What to do next; undefined where nothing is to be done. */
  readonly remedy: string | undefined;
  readonly origin: Origin | undefined;
}

/** Writes a job summary in GitHub's Markdown. */
export function summaryMarkdown(story: Story, clean: Clean): string {
  const { heading, subject, attempts, happened, details, remedy, origin } = story;
  const safe = (text: string): string => markdown(clean(text));
  const row = (name: string, text: string): string =>
    `| ${name} | ${markdown(truncate(clean(text), MAX_CELL)) || '–'} |`;
  const table = [
    '| | |',
    '| --- | --- |',
    row('Account', subject.accountId),
    row('Site', subject.site),
    row('Region', subject.region),
    row('Attempts', `${attempts}`),
    row('Started by', origin === undefined ? '' : `${origin.actor} (${origin.event})`),
  ];
  const blocks = [
    `### ${heading}`,
    table.join('\n'),
    safe(happened),
    details.map((detail) => `- ${safe(detail)}`).join('\n'),
    remedy && `**What to do:** ${remedy}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n\n`;
}
