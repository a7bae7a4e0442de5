import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { FAILURES, type Failure } from '../failure.ts';
import { formatSeconds } from '../time.ts';
import { escapeMarkdown } from './markdown.ts';
import type { Outcome } from './outcome.ts';
import type { Sanitize } from './secrets.ts';

/** GitHub truncates annotation messages at 4,096 characters. The margin is for characters that GitHub counts differently. */
const MAX_ANNOTATION = 4_000;
/** Limit for one line, so that a long error page leaves room for the rest. */
const MAX_LINE = 1_000;

/** Reports an error in the reporting code itself and sets no outputs. The text is fixed, because the error could contain a key. */
export function reportInternalError(): void {
  const message =
    'This action hit an internal error that it cannot describe. Unless this was a dry run, the update may have been applied. Rerunning is safe.';
  const [title, remedy] = FAILURES.internal;
  core.error(`${message}\nWhat to do: ${remedy}`, { title });
}

export type Report = ReturnType<typeof createReport>;

/** Creates the functions that print and write everything after masking. All text passes through `sanitize`, line by line. */
export function createReport(sanitize: Sanitize) {
  const safe = (line: string): string => truncate(sanitize(line), MAX_LINE);
  const warning = (text: string): void => core.warning(safe(text), { title: 'Opsgenie account in Datadog' });

  return {
    warning,

    info: (text: string): void => core.info(safe(text)),

    /** Printed only if the user has enabled debug logging. */
    debug: (text: string): void => core.debug(safe(text)),

    retrying({ message }: Failure, attempt: number, wait: number): void {
      const next = `Retrying in ${formatSeconds(wait)} (attempt ${attempt}).`;
      core.info(`Attempt ${attempt - 1}: ${safe(message)} ${next}`);
    },

    /** Prints the stacks of an internal error and its causes if the user has enabled debug logging. */
    diagnose(error: unknown): void {
      if (!(error instanceof Error)) return;
      for (const line of `${error.stack}`.split('\n')) core.debug(safe(line));
      this.diagnose(error.cause);
    },

    /** Prints and writes the outcome. If a file cannot be written, the result stays the same. */
    write(outcome: Outcome): void {
      const { title, happened, outputs } = outcome;
      if (title === undefined) core.info(happened.map(safe).join(' '));
      else core.error(annotationText(outcome, safe), { title });
      const areOutputsWritten = succeeds(() => {
        for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
      });
      if (!areOutputsWritten) warning("This step's outputs could not be written.");
      const markdown = summaryMarkdown(outcome, safe);
      // The toolkit's own summary would load node:fs/promises.
      const isSummaryWritten = succeeds(() => appendFileSync(process.env.GITHUB_STEP_SUMMARY ?? '', markdown));
      if (!isSummaryWritten) warning('The job summary could not be written.');
    },
  };
}

function annotationText({ happened, details, effect, remedy }: Outcome, safe: Sanitize): string {
  const body = [happened.map(safe).join(' '), ...details.map((detail) => safe(`- ${detail}`))].join('\n');
  const end = `\n${effect}\nWhat to do: ${remedy}`;
  return `${truncate(body, MAX_ANNOTATION - end.length)}${end}`;
}

function summaryMarkdown({ heading, cells, happened, details, effect, remedy }: Outcome, safe: Sanitize): string {
  const shown = (line: string): string => escapeMarkdown(safe(line));
  const [header, ...rows] = Object.entries(cells).map(([name, value]) => `| ${name} | ${shown(value) || '–'} |`);
  const blocks = [
    `### ${heading}`,
    [header, '| --- | --- |', ...rows].join('\n'),
    happened.map(shown).join(' '),
    details.map((detail) => `- ${shown(detail)}`).join('\n'),
    effect,
    remedy && `**What to do:** ${remedy}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n\n`;
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** Truncates text to a number of UTF-16 code units, with an ellipsis for the rest. */
function truncate(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
