import type { Account, Change } from '../datadog/accounts.ts';
import { FAILURE_TITLES, type Failure } from '../failure.ts';
import type { AttemptRecord } from '../http/retry.ts';
import type { Subject } from '../inputs.ts';
import * as remedies from '../remedies.ts';
import { summaryMarkdown } from './markdown.ts';
import type { Sanitize } from './secrets.ts';
import type { Trigger } from './trigger.ts';

/** The outputs of action.yml. */
export const OUTPUTS = ['updated', 'failure', 'account_id', 'region', 'status_code', 'attempts', 'errors'] as const;

export type Outputs = Readonly<Partial<Record<(typeof OUTPUTS)[number], string>>>;

/** GitHub truncates annotation messages at 4,096 characters. The margin is for characters that it counts differently. */
const MAX_ANNOTATION = 4_000;
/** A sentence, and all that a server said, together. A long error page must leave room for the rest. */
const MAX_TEXT = 1_000;
const MAX_ACCOUNTS = 20;
/** An input of any length can appear in the summary's table, and an id of any length among the accounts. */
const MAX_SHORT_TEXT = 200;
/** The outputs of a job are limited to 1 MB in total, and a character can take three bytes. */
const MAX_ERRORS_OUTPUT = 30_000;
/** A job summary is limited to 1 MiB, and escaping can make text six times as long. */
const MAX_SUMMARY_ACCOUNTS = 150_000;

export const MAY_BE_APPLIED =
  'The update may still have been applied. Rerunning is safe: applying the same update twice has no further effect.';
export const NOT_APPLIED = 'Nothing was changed: Datadog still has the previous key and region.';
export const DRY_RUN = 'This was a dry run: nothing was changed.';

/** What is known about a run when it ends. */
export interface Run {
  readonly subject: Subject;
  /** The attempts to update the account or, in a dry run, to look it up. */
  readonly record: AttemptRecord;
  readonly verification: AttemptRecord;
  /** The Opsgenie host that accepted the key; undefined if none did. */
  readonly verifiedBy: string | undefined;
  readonly trigger: Trigger | undefined;
}

/** Everything that a run shows at its end. All texts are sanitized. */
export interface Outcome {
  /** A line of the log, or the error annotation. */
  readonly log: string | { readonly title: string; readonly message: string };
  readonly outputs: Outputs;
  /** Markdown. */
  readonly summary: string;
}

/** What to show for a successful run. */
export function describeSuccess(account: Account, change: Change, run: Run, sanitize: Sanitize): Outcome {
  const { subject, record, verifiedBy } = run;
  const { dryRun, accountId, site } = subject;
  const region = account.region ?? '';
  const isRegionChanging = change.region !== undefined && change.region !== region;
  const effects = [
    change.apiKey && 'set the API key (Datadog does not reveal whether it changes)',
    isRegionChanging ? `change the region from ${region || 'none'} to ${change.region}` : 'leave the region unchanged',
  ];
  const effect = effects.filter(Boolean).join(' and ');
  const unchanged = region && change.region === undefined ? ` The region is still ${region}.` : '';
  const log = sanitize(
    dryRun
      ? `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effect}. Not checked: whether the credentials have the permission \`manage_integrations\`.`
      : `Datadog updated Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.${unchanged}`,
  );
  const heading = dryRun ? '✅ Dry run passed' : '✅ Opsgenie account updated in Datadog';
  const shownRegion = dryRun && isRegionChanging ? `${region || 'none'} → ${change.region}` : region;
  const message = [verifiedBy && describeVerification(verifiedBy), log].filter(Boolean).join(' ');
  return {
    log,
    outputs: {
      updated: `${!dryRun}`,
      failure: '',
      account_id: sanitize(account.id),
      region,
      status_code: '200',
      attempts: `${record.attempts}`,
      errors: '[]',
    },
    summary: summaryMarkdown(heading, summaryCells(run, shownRegion, sanitize), message),
  };
}

/** What to show for a failed run. */
export function describeFailure({ kind, message, facts }: Failure, run: Run, sanitize: Sanitize): Outcome {
  const { subject, record, verification, verifiedBy, trigger } = run;
  const { details, hints = [], accounts = [] } = facts;
  const withheld = kind === 'keys-missing' ? trigger?.secretsWithheld : undefined;
  const remedy = withheld === undefined ? facts.remedy : remedies.KEYS_WITHHELD;
  const title = FAILURE_TITLES[kind];
  const mayBeApplied = record.mayBeApplied && !subject.dryRun;
  const where = record.attempts > 0 ? `Opsgenie account ${subject.accountId} on ${subject.site}: ` : '';
  const { attempts, gaveUp } = record.attempts > 0 ? record : verification;
  const sentences = [
    truncate(sanitize(where + message), MAX_TEXT),
    attempts > 1 && `${attempts} attempts were made.`,
    gaveUp,
    verifiedBy && describeVerification(verifiedBy),
    subject.dryRun ? DRY_RUN : mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED,
    withheld,
  ];
  const happened = sentences.filter(Boolean).join(' ');

  const said = (details?.texts ?? []).map(sanitize).filter(Boolean);
  const labelled = said.map((text) => `${details?.label}: ${text}`);
  const added = hints.map((hint) => truncate(sanitize(hint), MAX_TEXT));
  const bullets = [...firstOf(labelled, MAX_TEXT), ...added];
  const listed = accounts.map((account) => truncate(sanitize(account), MAX_SHORT_TEXT));
  const body = [happened, ...bullets, ...firstOf(listed, MAX_ANNOTATION, MAX_ACCOUNTS)].join('\n- ');
  const advice = `\nWhat to do: ${remedy}`;
  // Without a response from Datadog, these are Opsgenie's words.
  const errors = record.status === undefined ? [] : firstOf(said, MAX_ERRORS_OUTPUT);
  const cells = summaryCells(run, subject.region && `${subject.region} (requested)`, sanitize);
  const all = [...bullets, ...firstOf(listed, MAX_SUMMARY_ACCOUNTS)];
  return {
    log: { title, message: `${truncate(body, MAX_ANNOTATION - advice.length)}${advice}` },
    outputs: {
      updated: mayBeApplied ? 'unknown' : 'false',
      failure: kind,
      status_code: `${record.status ?? ''}`,
      attempts: `${record.attempts}`,
      errors: JSON.stringify(errors),
    },
    summary: summaryMarkdown(`❌ ${title}`, cells, happened, all, remedy),
  };
}

/** What the log says when a run starts. */
export function describeStart({ dryRun, accountId, site }: Subject, change: Change): string {
  const doing = dryRun ? 'Dry run (changes nothing) for' : 'Updating';
  return `${doing} Opsgenie account ${accountId} on ${site}: ${describeChange(change)}.`;
}

/** @param host the Opsgenie host that accepted the key */
export function describeVerification(host: string): string {
  return `Opsgenie accepted the API key (${host}).`;
}

function describeChange({ apiKey, region }: Change): string {
  return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}

function summaryCells({ subject, record, trigger }: Run, region: string, sanitize: Sanitize): Record<string, string> {
  const show = (text: string): string => truncate(sanitize(text), MAX_SHORT_TEXT);
  return {
    Account: show(subject.accountId),
    Site: show(subject.site),
    Region: show(region),
    Attempts: `${record.attempts}`,
    'Started by': trigger === undefined ? '' : show(`${trigger.actor} (${trigger.event})`),
  };
}

/** The first texts that fit the limits, or the start of the first one, and how many more there are. */
function firstOf(texts: readonly string[], maxLength: number, maxCount = texts.length): readonly string[] {
  const shown: string[] = [];
  let left = maxLength;
  for (const text of texts.slice(0, maxCount)) {
    if (text.length > left && shown.length > 0) break;
    shown.push(truncate(text, maxLength));
    left -= text.length;
  }
  const more = texts.length - shown.length;
  return more === 0 ? shown : [...shown, `… and ${more} more`];
}

/** Truncates sanitized text to a number of UTF-16 code units, with an ellipsis for the rest. */
function truncate(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
