import { describe, expect, test } from 'vitest';
import { ACCOUNT, OTHER_ACCOUNT } from '../../../simulation/scenario.ts';
import type { Account, Region } from '../../../src/datadog/accounts.ts';
import { FAILURES, type Facts, Failure, type FailureKind } from '../../../src/failure.ts';
import { describeFailure, describeStart, describeSuccess, type Outcome } from '../../../src/github/outcome.ts';
import type { Inputs, Subject } from '../../../src/inputs.ts';
import { ORGANIZATION } from '../../support/responses.ts';

const SUBJECT: Subject = { site: 'us3.datadoghq.com', accountId: ACCOUNT, region: 'eu' };
const KEY = 'the-new-key';
const VERIFIED_BY = 'api.eu.opsgenie.com';
const WHERE = `Opsgenie account ${ACCOUNT} on us3.datadoghq.com`;
const KINDS = Object.keys(FAILURES) as FailureKind[];

/** Inputs that ask for this change. */
function change(apiKey?: string, region?: Region): Inputs {
  return { ...ORGANIZATION, ...SUBJECT, apiKey, region, keyToVerify: undefined, dryRun: false };
}

describe('a success says what Datadog confirmed after', () => {
  test.each<[string, Inputs, Account['region'], boolean, RegExp, string]>([
    ['an update', change(KEY, 'us'), 'us', false, /^Datadog updated .*: new API key, region us\.$/, 'us'],
    ['a new key', change(KEY), 'us', false, /: new API key\. The region is still us\.$/, 'us'],
    ['a new key, without a region in the response', change(KEY), undefined, false, /: new API key\.$/, ''],
    ['a new region', change(undefined, 'us'), 'us', false, /: region us\.$/, 'us'],
    ['a dry run', change(KEY, 'eu'), 'us', true, /set the API key .* and change the region from us to eu\./, 'us → eu'],
    ['a dry run with the same region', change(KEY, 'us'), 'us', true, /leave the region unchanged\./, 'us'],
    ['a dry run with a new key', change(KEY), 'us', true, /leave the region unchanged\./, 'us'],
    ['a dry run with a new region', change(undefined, 'eu'), 'us', true, /would change the region from us/, 'us → eu'],
    ['a dry run of an account without a region', change(KEY, 'eu'), undefined, true, /from none to eu\./, 'none → eu'],
  ])('%s', (_, requested, region, dryRun, happened, cell) => {
    const outcome = describeSuccess({ id: ACCOUNT.toUpperCase(), region }, { ...requested, dryRun }, undefined);
    const [text = ''] = outcome.happened;
    expect(text).toMatch(happened);
    expect(text).toContain(WHERE);
    expect(text.includes('Not checked: whether')).toBe(dryRun);
    expect(outcome).toMatchObject({ title: undefined, details: [], effect: '', remedy: '' });
    expect(outcome.heading).toMatch(dryRun ? /Dry run/ : /updated/);
    expect(outcome.cells).toEqual({ Account: ACCOUNT, Site: SUBJECT.site, Region: cell });
    const confirmed = { account_id: ACCOUNT.toUpperCase(), region: region ?? '', status_code: '200' };
    expect(outcome.outputs).toEqual({ updated: `${!dryRun}`, failure: '', ...confirmed });
  });

  test('an update with a verified key', () => {
    const { details } = describeSuccess({ id: ACCOUNT, region: 'eu' }, change(KEY), VERIFIED_BY);
    expect(details).toEqual([`Opsgenie accepted the API key (${VERIFIED_BY}).`]);
  });
});

test.each<[boolean, Inputs, RegExp]>([
  [false, change(KEY, 'eu'), /^Requested update .*: new API key, region eu\.$/],
  [true, change(undefined, 'eu'), /^Dry run .*: region eu\.$/],
])('the first line says what is requested, and not that it happens: dry run %s', (dryRun, requested, line) => {
  expect(describeStart({ ...requested, dryRun })).toMatch(line);
});

function fail(kind: FailureKind, facts: Facts, verifiedBy?: string, subject: Subject = SUBJECT): Outcome {
  return describeFailure(new Failure(kind, 'It failed.', facts), subject, verifiedBy);
}

describe('a failure', () => {
  test('says, in this order, what happened and where, the attempts, and that Opsgenie accepted the key', () => {
    const { happened } = fail('unavailable', { attempts: 2 }, VERIFIED_BY);
    const parts = [`${WHERE}: It failed.`, '2 attempts were made.', `Opsgenie accepted the API key (${VERIFIED_BY}).`];
    expect(happened).toEqual(parts);
  });

  test.each([0, 1])('after %i attempts omits the attempts, the check, and the details', (attempts) => {
    const { happened, details } = fail('inputs', { attempts });
    expect([happened, details]).toEqual([[attempts === 0 ? 'It failed.' : `${WHERE}: It failed.`], []]);
  });

  test('keeps the details in their order', () => {
    const details = ['Error from Datadog: No', 'Existing account: x'];
    expect(fail('not-found', { details })).toMatchObject({
      details,
      cells: { Account: ACCOUNT, Site: SUBJECT.site, Region: 'eu (requested)' },
    });
  });

  test.each<[string, Facts, RegExp]>([
    ['unknown', { mayBeApplied: true }, /^The update may have been applied\. Rerunning is safe\. .*Keep the old key/],
    ['false', { mayBeApplied: false }, /^This run changed nothing in Datadog\. .*Keep the old key/],
    ['false', {}, /^This run changed nothing in Datadog\. .*Keep the old key/],
  ])('sets the `updated` output to %s after %j, and says the same in words', (updated, facts, effect) => {
    const outcome = fail('network', { attempts: 1, status: 503, ...facts });
    expect(outcome.effect).toMatch(effect);
    expect(outcome.outputs).toEqual({ updated, failure: 'network', status_code: '503' });
  });

  test.each(KINDS)('of kind %s has its title, its remedy, and outputs without other words', (kind) => {
    const subject = { ...SUBJECT, site: 'a<b>', accountId: OTHER_ACCOUNT, region: 'x y' };
    const { title, heading, remedy, outputs } = fail(kind, { details: ['a b'] }, VERIFIED_BY, subject);
    const [expectedTitle, expectedRemedy] = FAILURES[kind];
    expect([title, heading]).toEqual([expectedTitle, `❌ ${expectedTitle}`]);
    if (kind !== 'unavailable') expect(remedy).toBe(expectedRemedy);
    expect(outputs).toEqual({ updated: 'false', failure: kind, status_code: '' });
  });

  test('of a server or gateway links to the status page of the site', () => {
    expect(fail('unavailable', {}).remedy).toContain('(https://status.us3.datadoghq.com)');
  });
});
