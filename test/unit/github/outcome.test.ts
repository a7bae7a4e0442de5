import { describe, expect, test } from 'vitest';
import { ACCOUNT } from '../../../simulation/scenario.ts';
import type { Change } from '../../../src/datadog/accounts.ts';
import { type Facts, Failure } from '../../../src/failure.ts';
import {
  DRY_RUN,
  describeFailure,
  describeSuccess,
  MAY_BE_APPLIED,
  NOT_APPLIED,
  type Run,
} from '../../../src/github/outcome.ts';
import { AttemptRecord } from '../../../src/http/retry.ts';

const RUN: Run = {
  subject: { site: 'us3.datadoghq.com', accountId: ACCOUNT, region: 'eu', dryRun: false },
  record: { ...new AttemptRecord(), attempts: 1 },
  verification: new AttemptRecord(),
  verifiedBy: undefined,
  trigger: { event: 'push', actor: 'octocat', secretsWithheld: undefined },
};
const DRY: Run = { ...RUN, subject: { ...RUN.subject, dryRun: true } };
const KEY = 'new-key';

const sanitize = (text: string): string => text.replaceAll('secret', '***');

describe('a success', () => {
  const of = 'Opsgenie account 596da4af-0563-4097-90ff-07230c3f9db3 on us3.datadoghq.com';
  test.each<[string, Change, 'us' | undefined, Run, string, string]>([
    [
      'new key and region',
      { apiKey: KEY, region: 'us' },
      'us',
      RUN,
      `Datadog updated ${of}: new API key, region us.`,
      'us',
    ],
    [
      'new key',
      { apiKey: KEY, region: undefined },
      'us',
      RUN,
      `Datadog updated ${of}: new API key. The region is still us.`,
      'us',
    ],
    [
      'new key, no region',
      { apiKey: KEY, region: undefined },
      undefined,
      RUN,
      `Datadog updated ${of}: new API key.`,
      '',
    ],
    ['new region', { apiKey: undefined, region: 'us' }, 'us', RUN, `Datadog updated ${of}: region us.`, 'us'],
    [
      'dry run of both',
      { apiKey: KEY, region: 'eu' },
      'us',
      DRY,
      `Dry run passed: Datadog has ${of}. An update would set the API key (Datadog does not reveal whether it changes) and change the region from us to eu. Not checked: whether the credentials have the permission \`manage_integrations\`.`,
      'us → eu',
    ],
    [
      'dry run of a key',
      { apiKey: KEY, region: undefined },
      'us',
      DRY,
      `Dry run passed: Datadog has ${of}. An update would set the API key (Datadog does not reveal whether it changes) and leave the region unchanged. Not checked: whether the credentials have the permission \`manage_integrations\`.`,
      'us',
    ],
  ])('says what Datadog confirmed: %s', (_, change, region, run, log, cell) => {
    const outcome = describeSuccess({ id: ACCOUNT, region }, change, run, sanitize);
    expect(outcome.log).toBe(log);
    expect(outcome.outputs).toEqual({
      ...{ updated: `${run === RUN}`, failure: '', account_id: ACCOUNT, region: region ?? '' },
      ...{ status_code: '200', attempts: '1', errors: '[]' },
    });
    for (const part of [
      `\n${log.replaceAll('`', '&#96;')}\n`,
      `| Region | ${cell || '–'} |`,
      '| Started by | octocat (push) |',
    ]) {
      expect(outcome.summary).toContain(part);
    }
  });

  test('mentions that Opsgenie accepted the key', () => {
    const run = { ...RUN, verifiedBy: 'api.opsgenie.com' };
    const { summary } = describeSuccess({ id: ACCOUNT, region: 'us' }, { apiKey: KEY, region: 'us' }, run, sanitize);
    expect(summary).toMatch(/^Opsgenie accepted the API key \(api\.opsgenie\.com\)\. Datadog updated/m);
  });
});

/** The annotation, the outputs and the summary of a failure. */
function fail(facts: Partial<Facts>, run: Partial<Run> = {}, kind: Failure['kind'] = 'unavailable') {
  const failure = new Failure(kind, 'It failed with a secret.', { remedy: 'Wait.', ...facts });
  const { log, outputs, summary } = describeFailure(failure, { ...RUN, ...run }, sanitize);
  return { message: typeof log === 'string' ? log : log.message, outputs, summary };
}

describe('a failure', () => {
  test('says where it happened, what changed, what the server said, and what to do', () => {
    const record = { attempts: 2, status: 503, mayBeApplied: true, gaveUp: 'No time is left.' };
    const details = { label: 'Datadog said', texts: ['busy secret', ''] };
    const { message, outputs, summary } = fail({ details, hints: ['A hint.'] }, { record });
    const happened = `Opsgenie account ${ACCOUNT} on us3.datadoghq.com: It failed with a ***. 2 attempts were made. No time is left. ${MAY_BE_APPLIED}`;
    expect(message).toBe(`${happened}\n- Datadog said: busy ***\n- A hint.\nWhat to do: Wait.`);
    expect(outputs).toEqual({
      ...{ updated: 'unknown', failure: 'unavailable', status_code: '503', attempts: '2', errors: '["busy ***"]' },
    });
    const parts = ['### ❌ Datadog is unavailable', happened.replace('***', '&#42;&#42;&#42;')];
    const bullets = '- Datadog said: busy &#42;&#42;&#42;\n- A hint.\n\n**What to do:** Wait.';
    for (const part of [...parts, bullets]) expect(summary).toContain(part);
  });

  test.each<[string, boolean, boolean, string, string]>([
    ['after an update that may be applied', true, false, MAY_BE_APPLIED, 'unknown'],
    ['after an update that is not applied', false, false, NOT_APPLIED, 'false'],
    ['after a dry run', true, true, DRY_RUN, 'false'],
  ])('says whether something may have changed: %s', (_, mayBeApplied, dryRun, text, updated) => {
    const { message, outputs } = fail(
      {},
      { record: { ...RUN.record, mayBeApplied }, subject: { ...RUN.subject, dryRun } },
    );
    expect([MAY_BE_APPLIED, NOT_APPLIED, DRY_RUN].filter((effect) => message.includes(effect))).toEqual([text]);
    expect(outputs.updated).toBe(updated);
  });

  test('before anything was sent names no account, and counts nothing', () => {
    const verification = { ...new AttemptRecord(), attempts: 3, status: 401 };
    const details = { label: 'Opsgenie said', texts: ['no'] };
    const { message, outputs } = fail(
      { details, status: 401 },
      { record: new AttemptRecord(), verification },
      'key-rejected',
    );
    expect(message).toMatch(/^It failed with a \*\*\*\. 3 attempts were made\. Nothing was changed/);
    expect(outputs).toMatchObject({ attempts: '0', status_code: '', errors: '[]' });
  });

  test('says why GitHub withheld secrets only if keys are missing', () => {
    const trigger = { event: 'pull_request', actor: 'mallory', secretsWithheld: 'Forks get no secrets.' };
    expect(fail({}, { trigger }, 'keys-missing').message).toContain('Forks get no secrets.');
    expect(fail({}, { trigger }, 'inputs').message).not.toContain('Forks');
  });

  test.each<[string, readonly string[]]>([
    ['one long text', ['x'.repeat(9_000)]],
    ['many texts', Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(90)}`)],
  ])('has room for the accounts and the remedy: %s', (_, texts) => {
    const accounts = Array.from({ length: 500 }, (_, index) => `Account ${index}.`);
    const record = { ...RUN.record, status: 404 };
    const { message, outputs, summary } = fail({ details: { label: 'Datadog said', texts }, accounts }, { record });
    expect(message.length).toBeLessThanOrEqual(4_000);
    expect(message).toMatch(/\n- Datadog said: .*x/);
    expect(message).toMatch(/\n- Account 19\.\n- … and 480 more\nWhat to do: Wait\.$/);
    expect(summary).toContain('- Account 499.\n');
    expect(`${outputs.errors}`.length).toBeLessThan(31_000);
  });

  test('limits accounts, hints and sentences of any length, after they are sanitized', () => {
    const long = `${'y'.repeat(190)} secret ${'z'.repeat(90_000)}`;
    const { message, summary } = fail({ accounts: Array.from({ length: 30 }, () => long), hints: [long] });
    expect(message.length).toBeLessThanOrEqual(4_000);
    expect(message).toMatch(/What to do: Wait\.$/);
    expect(summary).toContain(`${'y'.repeat(190)} &#42;&#42;&#42; ${'z'.repeat(4)}…`);
    expect(summary.length).toBeLessThan(200_000);
  });
});
