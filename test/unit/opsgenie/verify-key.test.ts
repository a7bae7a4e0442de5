import { expect, test, vi } from 'vitest';
import { KEYS } from '../../../simulation/scenario.ts';
import { Failure } from '../../../src/failure.ts';
import { sendRequest } from '../../../src/http/request.ts';
import { readVerdict, verifyKey } from '../../../src/opsgenie/verify-key.ts';
import { HINT, PAGE, response, tooLarge } from '../../support/responses.ts';

vi.mock(import('../../../src/http/request.ts'), async (original) => ({ ...(await original()), sendRequest: vi.fn() }));

const ACCEPTED = { data: { name: 'acme', userCount: 3 } };

test.each([
  ['us', 'api.opsgenie.com'],
  ['eu', 'api.eu.opsgenie.com'],
] as const)('verifyKey asks Opsgenie in region %s, and retries after a lost connection', async (region, host) => {
  vi.useFakeTimers({ toFake: ['setTimeout'] }).setTimerTickMode('nextTimerAsync');
  const reset = new Failure('network', 'No TLS connection.', { retry: { policy: 'connect' } });
  vi.mocked(sendRequest).mockReset().mockRejectedValueOnce(reset).mockResolvedValueOnce(response(200, ACCEPTED));
  const context = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal, userAgent: '' };
  const key = { apiKey: KEYS.opsgenie, region };
  expect(await verifyKey(key, { ...context, trace: () => {}, onRetry: () => {} })).toBe(host);
  const headers = { Accept: 'application/json', Authorization: `GenieKey ${KEYS.opsgenie}` };
  const request = [{ method: 'GET', url: new URL(`https://${host}/v2/account`), headers }, expect.anything()];
  expect(vi.mocked(sendRequest).mock.calls).toEqual([request, request]);
});

test('readVerdict accepts a key only if the complete response names an account', () => {
  expect(readVerdict(response(200, ACCEPTED))).toBeUndefined();
  expect(readVerdict(tooLarge(response(200, ACCEPTED)))?.kind).toBe('key-not-verified');
});

test.each<[string, number, unknown, string | undefined]>([
  ['key-rejected', 401, { message: 'Could not authenticate' }, 'once'],
  ['key-rejected', 403, { message: 'API Key is not granted with read access.', code: 40301 }, undefined],
  ['key-rejected', 422, { message: 'Key format is not valid!' }, undefined],
  ['key-not-verified', 200, { data: { name: 7 } }, undefined],
  ['key-not-verified', 200, { data: [ACCEPTED.data] }, undefined],
  ['key-not-verified', 200, PAGE, undefined],
  ['key-not-verified', 201, ACCEPTED, undefined],
  ['key-not-verified', 302, '', undefined],
  ['key-not-verified', 401, PAGE, 'once'],
  ['key-not-verified', 401, { errors: ['Unauthorized'] }, 'once'],
  ['key-not-verified', 402, { message: 'Your plan does not allow this' }, undefined],
  ['key-not-verified', 403, { message: 'Forbidden', code: '40301' }, 'once'],
  ['key-not-verified', 403, { code: 40301 }, 'once'],
  ['key-not-verified', 422, { message: 'Something else' }, undefined],
  ['key-not-verified', 429, { message: 'You are making too many requests!' }, 'backoff'],
  ['key-not-verified', 503, PAGE, 'backoff'],
])('readVerdict returns %s after %i %j', (kind, status, body, policy) => {
  const failure = readVerdict(response(status, body));
  expect([failure?.kind, failure?.facts.retry?.policy]).toEqual([kind, policy]);
  expect(failure?.message.includes('does not show whether')).toBe(kind === 'key-not-verified');
  const isOwn = JSON.stringify(body).includes('"message"');
  expect(failure?.facts.details?.at(-1)).toMatch(isOwn ? /^Error from Opsgenie: / : HINT);
  expect(failure?.facts.status, 'the status is not from Datadog').toBeUndefined();
});

test.each(['retry-after', 'x-ratelimit-period-in-sec'])('readVerdict waits as long as %s asks', (header) => {
  expect(readVerdict(response(429, '', { [header]: '2' }))?.facts.retry?.wait).toBe(2_000);
});
