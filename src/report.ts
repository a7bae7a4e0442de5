import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import type { Account, AccountUpdate } from './datadog/opsgenie-accounts.ts';
import { FAILURES, type Failure, remedyFor } from './failure.ts';
import type { Inputs, Subject } from './inputs.ts';
import type { Origin } from './origin.ts';
import type { Result } from './retry.ts';
import type { Sanitize } from './sanitize.ts';
import { DEFAULT_SITE, parseSite } from './sites.ts';
import { type SummaryContent, summaryMarkdown } from './summary.ts';
import { formatSeconds } from './time.ts';

/** The outputs of action.yml. */
export const OUTPUTS = ['updated', 'failure', 'account_id', 'region', 'status_code', 'attempts', 'errors'] as const;

type Outputs = Partial<Record<(typeof OUTPUTS)[number], string>>;

/** GitHub cuts annotation messages at 4,096 characters. The margin is for characters that it counts differently. */
const MAX_ANNOTATION = 4_000;
/** Only quoted text from a server can make a sentence this long. */
const MAX_SENTENCE = 1_000;
/** An input of any length can appear in the summary's table. */
const MAX_CELL = 200;
/** The outputs of a job are limited to 1 MB in total, and a character can take three bytes. */
const MAX_ERRORS_OUTPUT = 30_000;

/** Separates the items of a list in an annotation. */
const BULLET = '\n- ';

const ADVICE = 'What to do: ';
const MAY_BE_APPLIED =
  'The update may still have been applied. Rerunning is safe: applying the same update twice has no further effect.';
const NOT_APPLIED = 'Nothing was changed: Datadog still has the previous key and region.';
const DRY_RUN = 'This was a dry run: nothing was changed. Datadog still has the previous key and region.';

/** Everything that this action prints or writes after masking. */
export type Report = ReturnType<typeof createReport>;

/** Reports an error in the reporting code itself. The text is fixed, because the error could contain a key. */
export function reportInternalError(): void {
  const { title } = FAILURES.internal;
  const advice = `${ADVICE}${remedyFor('internal', DEFAULT_SITE)}`;
  core.error(`This action hit an internal error that it cannot describe. ${MAY_BE_APPLIED}\n${advice}`, { title });
  writeOutputs({ updated: 'unknown', failure: 'internal' });
}

/** @returns false if the runner's file cannot be written */
function writeOutputs(outputs: Outputs): boolean {
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param sanitize makes text safe to print: all text that is not fixed passes through it
 * @param subject what the inputs ask for, even if they turn out to be invalid
 */
export function createReport(sanitize: Sanitize, subject: Subject) {
  const warning = (text: string): void => core.warning(sanitize(text), { title: 'Opsgenie account in Datadog' });
  const sentence = (text: string): string => truncate(sanitize(text), MAX_SENTENCE);
  /** What Opsgenie said about the key; empty if it was not asked. */
  let verdict = '';

  /** Writes outputs and summary. A failure to write them does not change the result. */
  const write = (
    outputs: Outputs & { readonly attempts: string },
    region: string,
    origin: Origin | undefined,
    content: Omit<SummaryContent, 'facts'>,
  ) => {
    if (!writeOutputs(outputs)) warning("This step's outputs could not be written.");
    const facts = {
      Account: subject.accountId,
      Site: subject.site,
      Region: region,
      Attempts: outputs.attempts,
      'Started by': origin === undefined ? '' : `${origin.actor} (${origin.event})`,
    };
    const cells = Object.entries(facts).map(([name, text]) => [name, truncate(sanitize(text), MAX_CELL)] as const);
    try {
      // Without the toolkit's summary, which would load node:fs/promises.
      appendFileSync(process.env.GITHUB_STEP_SUMMARY ?? '', summaryMarkdown({ ...content, facts: cells }));
    } catch {
      warning('The job summary could not be written.');
    }
  };

  return {
    warning,

    /** Printed only if the user has enabled debug logging. */
    debug: (text: string): void => core.debug(sanitize(text)),

    started({ site, accountId, change, dryRun, warnings }: Inputs): void {
      for (const text of warnings) warning(text);
      const doing = dryRun ? 'Dry run, which changes nothing. Requested for' : 'Updating';
      core.info(sanitize(`${doing} Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`));
    },

    retrying(failure: Failure, attempt: number, wait: number): void {
      core.info(
        `Attempt ${attempt - 1}: ${sentence(failure.message)} Attempt ${attempt} follows in ${formatSeconds(wait)}.`,
      );
    },

    keyAccepted(host: string): void {
      verdict = `Opsgenie accepted the API key (${host}).`;
      core.info(verdict);
    },

    succeeded({ value: account, attempts }: Result<Account>, inputs: Inputs, origin: Origin | undefined): void {
      const { change, dryRun } = inputs;
      const outcome = sanitize(dryRun ? describeDryRun(account, inputs) : describeUpdate(account, inputs));
      core.info(outcome);
      const region = account.region ?? '';
      const outputs = {
        updated: `${!dryRun}`,
        failure: '',
        account_id: sanitize(account.id),
        region,
        status_code: '200',
        attempts: `${attempts}`,
        errors: '[]',
      };
      const regions = dryRun && changesRegion(account, change) ? `${region || 'none'} → ${change.region}` : region;
      write(outputs, regions, origin, {
        heading: `✅ Opsgenie account in Datadog: ${dryRun ? 'dry run passed' : 'updated'}`,
        happened: `${verdict} ${outcome}`.trim(),
        details: [],
        remedy: undefined,
      });
    },

    failed(failure: Failure, origin: Origin | undefined): void {
      const { kind, facts } = failure;
      const { attempts = 0, status, mayBeApplied = false } = facts;
      const { title } = FAILURES[kind];
      const remedy = remedyFor(kind, parseSite(subject.site) ?? DEFAULT_SITE);
      const where = attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
      const sentences = [
        sentence(where + failure.message),
        attempts > 1 && `${attempts} attempts were made.`,
        facts.gaveUpReason,
        verdict,
        subject.dryRun ? DRY_RUN : mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
        kind === 'keys-missing' && origin?.secretsWithheld,
      ];
      const happened = sentences.filter(Boolean).join(' ');
      const advice = `${ADVICE}${remedy}`;
      const texts = (facts.texts ?? []).map(sanitize).filter(Boolean);
      const hints = (facts.hints ?? []).map(sanitize);
      const room = MAX_ANNOTATION - happened.length - advice.length;
      // Long texts leave half of the room to the hints.
      const first = fitWithin(texts, hints.length === 0 ? room : room / 2);
      const details = [...first, ...fitWithin(hints, room - ['', ...first].join(BULLET).length)];
      core.error(`${[happened, ...details].join(BULLET)}\n${advice}`, { title });

      const outputs = {
        updated: mayBeApplied && !subject.dryRun ? 'unknown' : 'false',
        failure: kind,
        status_code: `${status ?? ''}`,
        attempts: `${attempts}`,
        errors: JSON.stringify(status === undefined ? [] : fitWithin(texts, MAX_ERRORS_OUTPUT)),
      };
      write(outputs, subject.region && `${subject.region} (requested)`, origin, {
        heading: `❌ Opsgenie account in Datadog: ${title}`,
        happened,
        details,
        remedy,
      });
    },
  };
}

/** As many of the first texts as fit, in full, and then how many more there are. */
function fitWithin(texts: readonly string[], room: number): string[] {
  const fitting: string[] = [];
  let left = room - `${BULLET}… and ${texts.length} more`.length;
  for (const text of texts) {
    left -= BULLET.length + text.length;
    if (left < 0) break;
    fitting.push(text);
  }
  const [first] = texts;
  if (first !== undefined && fitting.length === 0) fitting.push(truncate(first, left + first.length));
  const more = texts.length - fitting.length;
  return more === 0 ? fitting : [...fitting, `… and ${more} more`];
}

/** Cuts sanitized text to a number of UTF-16 code units, with an ellipsis in place of the rest. */
function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.slice(0, limit - 1).toWellFormed();
  return `${start.replace(/\uFFFD$/, '')}…`;
}

function describeUpdate({ region }: Account, { site, accountId, change }: Inputs): string {
  const result = `Datadog accepted the update of Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
  return region === undefined || change.region !== undefined ? result : `${result} The region is still ${region}.`;
}

function describeDryRun(account: Account, { site, accountId, change }: Inputs): string {
  const { region } = account;
  const effects = [
    change.apiKey && 'set the API key (Datadog does not reveal whether it changes)',
    changesRegion(account, change)
      ? `change the region from ${region ?? 'none'} to ${change.region}`
      : `leave the region unchanged${region ? ` (${region})` : ''}`,
  ];
  return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effects.filter(Boolean).join(' and ')}. Not proven: write access (permission manage_integrations).`;
}

function changesRegion({ region }: Account, change: AccountUpdate['change']): boolean {
  return change.region !== undefined && change.region !== region;
}

function describeChange({ apiKey, region }: AccountUpdate['change']): string {
  return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}
