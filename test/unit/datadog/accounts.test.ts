import { beforeEach, describe, expect, test, vi } from 'vitest';
import { resource } from '../../../simulation/datadog.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT } from '../../../simulation/scenario.ts';
import { describeAccounts, findAccount, type Update, updateAccount } from '../../../src/datadog/accounts.ts';
import { Failure, type FailureKind } from '../../../src/failure.ts';
import { type Response, sendRequest } from '../../../src/http/request.ts';
import type { CallContext } from '../../../src/http/retry.ts';
import { HINT, ORGANIZATION, PAGE, response, tooLarge } from '../../support/responses.ts';

vi.mock(import('../../../src/http/request.ts'), async (original) => ({ ...(await original()), sendRequest: vi.fn() }));

const UPDATE: Update = { ...ORGANIZATION, accountId: ACCOUNT, apiKey: KEYS.opsgenie, region: 'eu' };
const KEY_ONLY: Update = { ...UPDATE, region: undefined };
const data = resource(ACCOUNT, 'eu');
const withoutRegion = { ...data, attributes: {} };
const own = (status: number, headers = {}): Response => response(status, { errors: ['No'] }, headers);
const listOf = (...accounts: unknown[]): Response => response(200, { data: accounts });
const lost = new Failure('network', 'No complete response.', { hadNoEffect: false });
const unreachable = new Failure('network', 'No connection.', { hadNoEffect: true, retry: { policy: 'connect' } });
const cancelled = new Failure('cancelled', 'The run was cancelled.');

// Waits between attempts take no time.
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout'] }).setTimerTickMode('nextTimerAsync'));

/** Prepares the results of the next requests. {@link cancelled} also cancels the run. */
function prepare(...steps: readonly (Response | Failure)[]): CallContext {
  const controller = new AbortController();
  const queue = [...steps];
  vi.mocked(sendRequest).mockReset();
  vi.mocked(sendRequest).mockImplementation(async () => {
    const step = queue.shift() ?? new Failure('internal', 'There was one request too many.');
    if (step === cancelled) controller.abort(cancelled);
    if (step instanceof Failure) throw step;
    return step;
  });
  const deadline = (process.uptime() + 300) * 1000;
  return { deadline, signal: controller.signal, userAgent: '', trace: () => {}, onRetry: () => {} };
}

function sentMethods(): string {
  const { calls } = vi.mocked(sendRequest).mock;
  return calls.map(([{ method }]) => method).join(' ');
}

describe('updateAccount accepts a 200 for this account', () => {
  const shouting = resource(ACCOUNT.toUpperCase(), 'eu');
  test.each<[string, Update, unknown, string | undefined]>([
    ['in the requested region', UPDATE, { data }, 'eu'],
    ['with capitals in its id', UPDATE, { data: shouting }, 'eu'],
    ['in any region if none was requested', KEY_ONLY, { data }, 'eu'],
    ['without a region if none was requested', KEY_ONLY, { data: withoutRegion }, undefined],
    ['beside an empty list of errors', KEY_ONLY, { data, errors: [], error: null }, 'eu'],
  ])('%s', async (_, update, body, region) => {
    expect(await updateAccount(update, prepare(response(200, body)))).toMatchObject({ region });
  });
});

describe('updateAccount does not accept', () => {
  const QUOTED = [expect.stringMatching(/^Response body: /), HINT];
  const OWN = ['Error from Datadog: No'];
  const UNREADABLE = /no Opsgenie account could be read/;
  test.each<[string, Response, RegExp, readonly unknown[]]>([
    ['a 201', response(201, { data }), /201 Created/, QUOTED],
    ['an empty body', response(200), UNREADABLE, [HINT]],
    ['a web page', response(200, PAGE), UNREADABLE, QUOTED],
    ['text behind the account', response(200, `${JSON.stringify({ data })}<p>`), UNREADABLE, QUOTED],
    ['a body of more than 1 MiB', tooLarge(response(200, { data })), /1 MiB/, [HINT]],
    ['a list', listOf(data), UNREADABLE, QUOTED],
    ['another type', response(200, { data: { ...data, type: 'x' } }), UNREADABLE, QUOTED],
    ['no attributes', response(200, { data: { ...data, attributes: null } }), UNREADABLE, QUOTED],
    ['a number as its id', response(200, { data: { ...data, id: 596 } }), UNREADABLE, QUOTED],
    ['another id', response(200, { data: resource(OTHER_ACCOUNT, 'eu') }), RegExp(OTHER_ACCOUNT), []],
    ['another region', response(200, { data: resource(ACCOUNT, 'us') }), /region is us \(expected eu\)/, []],
    ['no region', response(200, { data: withoutRegion }), /no region \(expected eu\)/, []],
    ['an unknown region', response(200, { data: resource(ACCOUNT, 'EU') }), /region is not documented/, QUOTED],
    ['errors', response(200, { data, errors: ['No'] }), /contains errors/, OWN],
    ['an error', response(200, { data, error: { title: 'No' } }), /contains errors/, OWN],
    ['an error of another format', response(200, { data, error: 'No' }), /contains errors/, QUOTED],
    ['errors of another format', response(200, { data, errors: { title: 'No' } }), /contains errors/, QUOTED],
  ])('%s', async (_, received, reason, details) => {
    const facts = { status: received.status, details, mayBeApplied: true };
    const expected = { kind: 'unexpected-response', message: expect.stringMatching(reason), facts };
    await expect(updateAccount(UPDATE, prepare(received))).rejects.toMatchObject(expected);
  });
});

describe('updateAccount fails after', () => {
  test.each<[string, (Response | Failure)[], string, FailureKind, boolean, number?]>([
    ["Datadog's own 422", [own(422)], 'PATCH', 'update-rejected', false, 422],
    ["Datadog's own 403, twice", [own(403), own(403)], 'PATCH PATCH', 'forbidden', false, 403],
    ["Datadog's own 404", [own(404), listOf(data)], 'PATCH GET', 'not-found', false, 404],
    ['a 404 from something else', [response(404, PAGE)], 'PATCH', 'unexpected-response', true, 404],
    ['a 200 that proves nothing', [response(200)], 'PATCH', 'unexpected-response', true, 200],
    ['a request that was not sent', [unreachable, own(422)], 'PATCH PATCH', 'update-rejected', false, 422],
    ['a response that was lost', [lost], 'PATCH', 'network', true],
    ['500, then a long wait', [own(500), own(429, { 'retry-after': '600' })], 'PATCH PATCH', 'rate-limited', true, 429],
    ['500, then 422', [own(500), own(422)], 'PATCH PATCH', 'update-rejected', true, 422],
    ['500, then 404', [own(500), own(404), own(500)], 'PATCH PATCH GET', 'not-found', true, 404],
    ['503, then a lost response', [own(503), lost], 'PATCH PATCH', 'network', true, 503],
    ['404, then a cancellation', [own(404), cancelled], 'PATCH GET', 'cancelled', false, 404],
    ['500, 404, then a cancellation', [own(500), own(404), cancelled], 'PATCH PATCH GET', 'cancelled', true, 404],
  ])('%s', async (_, steps, methods, kind, mayBeApplied, status) => {
    const facts = { mayBeApplied, status };
    await expect(updateAccount(UPDATE, prepare(...steps))).rejects.toMatchObject({ kind, facts });
    expect(sentMethods()).toBe(methods);
  });

  test("Datadog's own 404 with the accounts after the error", async () => {
    const details = ['Error from Datadog: No', expect.stringMatching(`^Existing account: ${ACCOUNT}`)];
    await expect(updateAccount(UPDATE, prepare(own(404), listOf(data)))).rejects.toMatchObject({ facts: { details } });
  });
});

describe('describeAccounts, in one request of at most 10 s,', () => {
  const many = Array.from({ length: 22 }, () => data);
  const failed = (reason: string) => expect.stringMatching(`^The accounts could not be listed: .*${reason}`);
  test.each<[string, Response | Failure, unknown[]]>([
    ['lists an account', listOf(data), [`Existing account: ${ACCOUNT}, region eu.`]],
    ['skips unknown entries', listOf({}, withoutRegion), [`Existing account: ${ACCOUNT}, region unknown.`]],
    ['lists at most 20 accounts', listOf(...many), [...many.slice(2).map(() => expect.anything()), '… and 2 more']],
    ['lists 20 accounts', listOf(...many.slice(2)), many.slice(2).map(() => expect.stringMatching('^Existing'))],
    ['says that there are none', listOf(), ['This organization has no Opsgenie account on datadoghq.com.']],
    ['quotes Datadog', own(403), [failed('403'), 'Error from Datadog: No', expect.stringMatching('integrations_read')]],
    ['quotes Datadog after 401', own(401), [failed('401'), 'Error from Datadog: No', expect.anything()]],
    ['quotes any other body', response(403, 'Blocked'), [failed('403'), 'Response body: Blocked', HINT]],
    ['does not take anything else for a list', listOf({}), [failed('no list of accounts'), expect.anything(), HINT]],
    ['says how far the request got', unreachable, [failed('No connection')]],
  ])('%s', async (_, step, lines) => {
    expect(await describeAccounts(ORGANIZATION, prepare(step))).toEqual(lines);
    expect(sentMethods()).toBe('GET');
    expect(vi.mocked(sendRequest).mock.lastCall?.[1]).toMatchObject({ limit: 10_000, connectLimit: 10_000 });
  });
});

describe('findAccount, with GET requests alone,', () => {
  test('finds the account behind many others, also with capitals in its id', async () => {
    const others = Array.from({ length: 30 }, () => resource(OTHER_ACCOUNT, 'eu'));
    const list = listOf(...others, resource(ACCOUNT.toUpperCase(), 'us'));
    const account = await findAccount(UPDATE, prepare(own(503), list));
    expect(account).toEqual({ id: ACCOUNT.toUpperCase(), region: 'us' });
    expect(sentMethods()).toBe('GET GET');
  });

  test.each<[string, Response, FailureKind, RegExp]>([
    ['the account is not listed', listOf(resource(OTHER_ACCOUNT, 'eu')), 'not-found', RegExp(OTHER_ACCOUNT)],
    ['its region is unknown', listOf(resource(ACCOUNT, 'ap')), 'unexpected-response', /"ap"/],
    ['Datadog returns 404', own(404), 'unexpected-response', /^Error from Datadog/],
    ['the status is 201', response(201, { data: [data] }), 'unexpected-response', /^Response body/],
  ])('fails if %s', async (_, step, kind, detail) => {
    const failure = Failure.from(await findAccount(UPDATE, prepare(step)).catch((error) => error));
    expect(failure).toMatchObject({ kind, facts: { status: step.status } });
    expect(`${failure.facts.details}`).toMatch(detail);
    expect(failure.facts.mayBeApplied).toBeUndefined();
  });
});
