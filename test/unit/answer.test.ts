import { describe, expect, test } from 'vitest';
import { failureFromAnswer } from '../../src/datadog/answer.ts';
import type { Answer } from '../../src/http/exchange.ts';

function respond(status: number, headers: Answer['headers'] = {}): Answer {
  return { host: 'api.datadoghq.com', status, headers, body: '', isComplete: true };
}

describe('failureFromAnswer', () => {
  test.each([
    [400, 'bad-request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [408, 'unavailable'],
    [409, 'unexpected-status'],
    [418, 'unexpected-status'],
    [422, 'invalid-values'],
    [429, 'rate-limited'],
    [499, 'unexpected-status'],
    [500, 'unavailable'],
    [501, 'unexpected-status'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [505, 'unexpected-status'],
    [299, 'unexpected-status'],
    [300, 'redirected'],
    [399, 'redirected'],
  ])('classifies status %i as %s', (status, kind) => {
    expect(failureFromAnswer(respond(status))).toMatchObject({ kind, facts: { status } });
  });

  test.each([
    [201, true],
    [299, true],
    [300, false],
    [404, false],
    [499, false],
    [500, true],
  ])('says whether the update may be applied after status %i: %s', (status, mayBeApplied) => {
    expect(failureFromAnswer(respond(status)).facts.mayBeApplied).toBe(mayBeApplied);
  });

  test.each([
    [403, 'api.datadoghq.com answered 403 Forbidden.'],
    [599, 'api.datadoghq.com answered 599.'],
  ])('describes the answer: %i', (status, message) => {
    expect(failureFromAnswer(respond(status)).message).toBe(message);
  });

  test('passes on the wait that the server asks for', () => {
    expect(failureFromAnswer(respond(429, { 'retry-after': '3' })).facts.serverWait).toBe(3_000);
  });

  test('names the rate limit that was exceeded', () => {
    const headers = { 'x-ratelimit-name': 'opsgenie_accounts' };
    expect(failureFromAnswer(respond(429, headers)).message).toMatch(/ \(rate limit opsgenie_accounts\)\.$/);
    expect(failureFromAnswer(respond(403, headers)).message).not.toContain('opsgenie_accounts');
  });

  test.each([
    ['https://login.example:8443/?token=x', ', a redirect to login.example:8443.'],
    ['/login', ', a redirect to api.datadoghq.com.'],
    ['https://', '302 Found.'],
    [undefined, '302 Found.'],
  ])('names the host of a redirect, and nothing else of it: %s', (location, ending) => {
    const { message } = failureFromAnswer(respond(302, location === undefined ? {} : { location }));
    expect(message.endsWith(ending)).toBe(true);
  });
});
