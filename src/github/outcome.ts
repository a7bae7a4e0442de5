import type { Account } from '../datadog/accounts.ts';
import { statusPage } from '../datadog/sites.ts';
import { FAILURES, type Failure, STATUS_PAGE } from '../failure.ts';
import type { Inputs, Subject } from '../inputs.ts';

/** The outputs of action.yml. */
export const OUTPUTS = ['updated', 'failure', 'account_id', 'region', 'status_code'] as const;

export type Outputs = Readonly<Partial<Record<(typeof OUTPUTS)[number], string>>>;

export const MAY_BE_APPLIED = 'The update may have been applied. Rerunning is safe.';
export const NOT_APPLIED = 'This run changed nothing in Datadog.';
export const OTHER_KEYS =
  "This action doesn't change the keys that send alerts. Keep the old key until an update succeeds and on-call data loads in Datadog.";

/** Everything that a run reports at the end. Texts are not sanitized. */
export interface Outcome {
  /** Title of the error annotation; undefined for a success. */
  readonly title: string | undefined;
  /** Heading of the job summary. */
  readonly heading: string;
  /** The summary's table. */
  readonly cells: Readonly<Record<string, string>>;
  /** One sentence each. */
  readonly happened: readonly string[];
  readonly details: readonly string[];
  /** The run's effect and the remedy: fixed text, except a valid site's status page. Empty for a success. */
  readonly effect: string;
  readonly remedy: string;
  readonly outputs: Outputs;
}

/**
 * Describes a successful run.
 *
 * @param verifiedBy the Opsgenie host that accepted the key; undefined if no check was requested
 */
export function describeSuccess(account: Account, inputs: Inputs, verifiedBy: string | undefined): Outcome {
  const { site, accountId, dryRun } = inputs;
  const region = account.region ?? '';
  const isRegionChanging = dryRun && inputs.region !== undefined && inputs.region !== region;
  return {
    title: undefined,
    heading: dryRun ? '✅ Dry run passed' : '✅ Opsgenie account updated in Datadog',
    cells: {
      Account: accountId,
      Site: site,
      Region: isRegionChanging ? `${region || 'none'} → ${inputs.region}` : region,
    },
    happened: [dryRun ? describeDryRun(region, inputs) : describeUpdate(region, inputs)],
    details: verifiedBy === undefined ? [] : [describeVerification(verifiedBy)],
    effect: '',
    remedy: '',
    outputs: { updated: `${!dryRun}`, failure: '', account_id: account.id, region, status_code: '200' },
  };
}

export function describeFailure(failure: Failure, subject: Subject, verifiedBy: string | undefined): Outcome {
  const { kind, message, facts } = failure;
  const { attempts = 0, status, details = [], mayBeApplied = false } = facts;
  const [title, remedy] = FAILURES[kind];
  const { accountId, site, region } = subject;
  const prefix = attempts > 0 ? `Opsgenie account ${accountId} on ${site}: ` : '';
  const sentences = [
    `${prefix}${message}`,
    attempts > 1 && `${attempts} attempts were made.`,
    verifiedBy !== undefined && describeVerification(verifiedBy),
  ];
  return {
    title,
    heading: `❌ ${title}`,
    cells: { Account: accountId, Site: site, Region: region && `${region} (requested)` },
    happened: sentences.filter((sentence) => sentence !== false),
    details,
    effect: `${mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED} ${OTHER_KEYS}`,
    remedy: remedy.replace(STATUS_PAGE, `(${statusPage(site)})`),
    outputs: { updated: mayBeApplied ? 'unknown' : 'false', failure: kind, status_code: `${status ?? ''}` },
  };
}

/** Describes the step's request at the start of the run. */
export function describeStart(inputs: Inputs): string {
  const { dryRun, accountId, site } = inputs;
  const request = dryRun ? 'Dry run of an update' : 'Requested update';
  return `${request} of Opsgenie account ${accountId} on ${site}: ${describeChange(inputs)}.`;
}

/** @param host the Opsgenie host that accepted the key */
export function describeVerification(host: string): string {
  return `Opsgenie accepted the API key (${host}).`;
}

function describeUpdate(region: string, inputs: Inputs): string {
  const { accountId, site } = inputs;
  const unchanged = region && inputs.region === undefined ? ` The region is still ${region}.` : '';
  return `Datadog updated Opsgenie account ${accountId} on ${site}: ${describeChange(inputs)}.${unchanged}`;
}

function describeDryRun(region: string, inputs: Inputs): string {
  const { accountId, site, apiKey } = inputs;
  const effects = [
    apiKey && 'set the API key (Datadog does not reveal whether it changes)',
    inputs.region === undefined || inputs.region === region
      ? 'leave the region unchanged'
      : `change the region from ${region || 'none'} to ${inputs.region}`,
  ];
  return `Dry run passed: Datadog has Opsgenie account ${accountId} on ${site}. An update would ${effects.filter(Boolean).join(' and ')}. Not checked: whether the credentials have the \`manage_integrations\` permission.`;
}

function describeChange({ apiKey, region }: Inputs): string {
  return [apiKey && 'new API key', region && `region ${region}`].filter(Boolean).join(', ');
}
