import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import type { Account, AccountChange } from './datadog/opsgenie-accounts.ts';
import { type Retry, seconds } from './datadog/retry.ts';
import { FAILURES, type Failure } from './failure.ts';
import { type Inputs, isDryRun, readSubject } from './inputs.ts';
import type { Origin } from './origin.ts';
import { type Story, summaryMarkdown } from './summary.ts';
import { type Clean, truncate } from './untrusted.ts';

/** The outputs of action.yml. */
export const OUTPUTS = ['account_id', 'region', 'status_code', 'attempts', 'errors'] as const;

type Outputs = Partial<Record<(typeof OUTPUTS)[number], string>>;

/** GitHub cuts the message of an annotation at 4,096 characters; the rest is left for what it may count differently. */
const MAX_ANNOTATION = 4000;
/** Longest sentence about what happened; only its quotes from outside can make it long. */
const MAX_SENTENCE = 1000;

/** What parts the items of an annotation's list. */
const BULLET = '\n- ';

const MAY_BE_APPLIED =
  'The update may have been applied all the same. Running the step again is safe: the same update twice is the same as once.';
const ADVICE = 'What to do: ';
const DRY_RUN = 'This was a dry run: nothing was changed.';
const NOT_APPLIED = 'Nothing was changed: Datadog still holds what it held before.';

/** Everything that this action prints or writes after masking. */
export interface Report {
  warning(text: string): void;
  /** Printed only where the user has turned debug logging on. */
  debug(text: string): void;
  started(inputs: Inputs): void;
  retrying(retry: Retry): void;
  succeeded(account: Account, attempts: number, inputs: Inputs, origin: Origin | undefined): void;
  failed(failure: Failure, origin: Origin | undefined): void;
}

/** Tells of a fault that kept a report from being made, in fixed text: what was thrown could hold a key. */
export function reportFault(): void {
  const { title, remedy } = FAILURES.internal;
  core.error(`This action ran into a fault of its own that it cannot tell. ${MAY_BE_APPLIED}\n${ADVICE}${remedy}`, {
    title,
  });
}

/** @param clean makes text safe to print: every text that is not fixed goes through it */
export function createReport(clean: Clean): Report {
  const warning = (text: string): void => core.warning(clean(text), { title: 'Opsgenie account in Datadog' });

  /** Outputs and summary come after the fact: where they cannot be written, what happened stays as it is. */
  const write = (outputs: Outputs, story: Story): void => {
    try {
      for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
    } catch {
      warning('The outputs of this step could not be written.');
    }
    try {
      // Not by the toolkit's summary: it writes through node:fs/promises, which takes Node milliseconds to load.
      appendFileSync(process.env.GITHUB_STEP_SUMMARY ?? '', summaryMarkdown(story, clean));
    } catch {
      warning('The job summary could not be written.');
    }
  };

  return {
    warning,
    debug: (text) => core.debug(clean(text)),

    started({ site, accountId, change, dryRun, warnings }) {
      for (const text of warnings) warning(text);
      const doing = dryRun ? 'Dry run, which changes nothing, for' : 'Updating';
      core.info(clean(`${doing} Opsgenie account ${accountId} on ${site}: ${describe(change)}.`));
    },

    retrying({ failure, attempt, wait }) {
      const what = truncate(clean(failure.message), MAX_SENTENCE);
      core.info(`Attempt ${attempt - 1}: ${what} Attempt ${attempt} follows in ${seconds(wait)}.`);
    },

    succeeded(account, attempts, inputs, origin) {
      const { site, accountId, change, dryRun } = inputs;
      const region = account.region ?? '';
      const happened = clean(dryRun ? wouldHappen(account, inputs) : hasHappened(account, inputs));
      core.info(happened);
      const outputs = {
        account_id: clean(account.id),
        region,
        status_code: '200',
        attempts: `${attempts}`,
        errors: '[]',
      };
      write(outputs, {
        heading: `✅ Opsgenie account in Datadog: ${dryRun ? 'dry run passed' : 'updated'}`,
        subject: { site, accountId, region: dryRun ? regions(account.region, change) : region },
        attempts,
        happened,
        details: [],
        remedy: undefined,
        origin,
      });
    },

    failed(failure, origin) {
      const { title, remedy, attempts, status, gaveUp } = failure;
      const subject = readSubject();
      const where = attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
      const sentences = [
        where + truncate(clean(failure.message), MAX_SENTENCE),
        attempts > 1 && `${attempts} attempts were made.`,
        gaveUp,
        isDryRun() ? DRY_RUN : failure.mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
        failure.kind === 'keys-missing' && origin?.secretsWithheld,
      ];
      const happened = clean(sentences.filter(Boolean).join(' '));
      const advice = `${ADVICE}${remedy}`;
      const texts = failure.texts.map(clean).filter(Boolean);
      const known = failure.known.map(clean);
      const room = MAX_ANNOTATION - happened.length - advice.length;
      // Long texts from outside leave half of it to what is known besides.
      const first = fitting(texts, known.length === 0 ? room : room / 2);
      const details = [...first, ...fitting(known, room - ['', ...first].join(BULLET).length)];
      core.error(`${[happened, ...details].join(BULLET)}\n${advice}`, { title });

      const errors = status === undefined ? [] : texts;
      const outputs = { status_code: `${status ?? ''}`, attempts: `${attempts}`, errors: JSON.stringify(errors) };
      write(outputs, {
        heading: `❌ Opsgenie account in Datadog: ${title}`,
        subject: { ...subject, region: subject.region && `${subject.region} (asked for)` },
        attempts,
        happened,
        details,
        remedy,
        origin,
      });
    },
  };
}

/** The first texts in full, as many as there is room for, then how many there are besides. */
function fitting(texts: readonly string[], room: number): string[] {
  const fits: string[] = [];
  let left = room - `${BULLET}… and ${texts.length} more`.length;
  for (const text of texts) {
    left -= BULLET.length + text.length;
    if (left < 0) break;
    fits.push(text);
  }
  const [first] = texts;
  if (first !== undefined && fits.length === 0) fits.push(truncate(first, left + first.length));
  const besides = texts.length - fits.length;
  return besides === 0 ? fits : [...fits, `… and ${besides} more`];
}

function hasHappened({ region }: Account, { site, accountId, change }: Inputs): string {
  const facts = [change.apiKey && 'took the new API key', region && `has region ${region}`];
  return `Datadog confirmed: Opsgenie account ${accountId} on ${site} ${facts.filter(Boolean).join(' and ')}.`;
}

function wouldHappen({ region }: Account, { site, accountId, change }: Inputs): string {
  const facts = [
    change.apiKey && 'put in the API key (whether it differs from the present one cannot be told)',
    movesRegion(region, change)
      ? `change the region from ${region ?? 'none'} to ${change.region}`
      : `leave the region as it is${region ? ` (${region})` : ''}`,
  ];
  return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${facts.filter(Boolean).join(' and ')}. Not proven: that these keys may also write (permission manage_integrations).`;
}

/** A region now and after the update. */
function regions(now: Account['region'], change: AccountChange): string {
  return movesRegion(now, change) ? `${now ?? 'none'} → ${change.region}` : (now ?? '');
}

function movesRegion(now: Account['region'], change: AccountChange): boolean {
  return change.region !== undefined && change.region !== now;
}

function describe({ apiKey, region }: AccountChange): string {
  return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}
