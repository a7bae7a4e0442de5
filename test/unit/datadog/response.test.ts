import { describe, expect, test } from 'vitest';
import { type Call, failureFromResponse, parseResponse } from '../../../src/datadog/response.ts';
import type { Failure, FailureKind } from '../../../src/failure.ts';
import type { Response } from '../../../src/http/request.ts';
import { HINT, PAGE, response, tooLarge } from '../../support/responses.ts';

function failureFrom(received: Response, call: Call = 'update'): Failure {
  return failureFromResponse(parseResponse(received), call);
}

describe("recognizes Datadog's own error", () => {
  const source = { pointer: '/data/attributes/region', parameter: 'page' };
  test.each<[string, unknown, string]>([
    ['strings', { errors: ['Bad Request', 'Try again'] }, 'Bad Request; Try again'],
    [
      'a title, a detail and a source',
      { errors: [{ title: 'Bad', detail: 'no region', source }] },
      'Bad: no region (pointer /data/attributes/region, parameter page)',
    ],
    ['a detail alone', { errors: [{ detail: 'no region', meta: {}, source: 'body' }] }, 'no region'],
    ['a title alone', { errors: [{ title: 'Bad', detail: ' ', source: {} }] }, 'Bad'],
    ['strings and objects together', { errors: ['one', { title: 'two' }] }, 'one; two'],
    ['an error object', { error: { code: 403, message: 'Forbidden' } }, 'Forbidden'],
    ['an error object beside an empty list', { errors: [], error: { title: 'Bad' } }, 'Bad'],
    ['an object without known fields', { errors: [{ reason: 'quota' }] }, '{"errors":[{"reason":"quota"}]}'],
    ['other values', { errors: [{ title: 7 }, 42, null] }, '{"errors":[{"title":7},42,null]}'],
  ])('with %s', (_, body, words) => {
    expect(failureFrom(response(400, body))).toMatchObject({
      kind: 'update-rejected',
      facts: { status: 400, hadNoEffect: true, details: [`Error from Datadog: ${words}`] },
    });
  });

  test('without words, and shows the body', () => {
    expect(failureFrom(response(403, { errors: ['', ' '] }))).toMatchObject({
      kind: 'forbidden',
      facts: { details: ['Error from Datadog: {"errors":[""," "]}'] },
    });
  });

  test('and shows it in full, because half a key would not be redacted', () => {
    const [line] = failureFrom(response(400, { errors: [{ x: `${'y'.repeat(20_000)}the end` }] })).facts.details ?? [];
    expect(line?.includes('the end')).toBe(true);
  });
});

describe("classifies Datadog's own error", () => {
  test.each<[number, FailureKind, FailureKind, boolean, string | undefined]>([
    [400, 'update-rejected', 'unexpected-response', true, undefined],
    [401, 'forbidden', 'forbidden', true, 'once'],
    [403, 'forbidden', 'forbidden', true, 'once'],
    [404, 'not-found', 'unexpected-response', true, undefined],
    [408, 'unavailable', 'unavailable', true, 'backoff'],
    [409, 'unexpected-response', 'unexpected-response', true, undefined],
    [422, 'update-rejected', 'unexpected-response', true, undefined],
    [429, 'rate-limited', 'rate-limited', true, 'backoff'],
    [500, 'unavailable', 'unavailable', false, 'backoff'],
    [503, 'unavailable', 'unavailable', false, 'backoff'],
    [201, 'unexpected-response', 'unexpected-response', false, undefined],
    [302, 'unexpected-response', 'unexpected-response', false, undefined],
  ])('%i as %s after an update and %s after a list', (status, update, list, hadNoEffect, policy) => {
    const own = response(status, { errors: ['No'] });
    const failure = failureFrom(own);
    expect(failure).toMatchObject({ kind: update, facts: { status, hadNoEffect } });
    expect(failure.facts.retry?.policy).toBe(policy);
    expect(failureFrom(own, 'list').kind).toBe(list);
  });
});

describe("does not take for Datadog's own response", () => {
  const FOREIGN: readonly unknown[] = [
    ...[PAGE, 'upstream connect error', '{"errors": ["cut o', 'null', '[]', '"Forbidden"', {}],
    ...[{ errors: [] }, { errors: 'Forbidden' }, { error: 'Forbidden' }, { error: [] }, { message: 'Forbidden' }],
    { errors: { 0: 'Forbidden' } },
  ];
  test.each<[number, FailureKind, string | undefined]>([
    [201, 'unexpected-response', undefined],
    [302, 'unexpected-response', undefined],
    [400, 'unexpected-response', undefined],
    [401, 'unexpected-response', 'once'],
    [403, 'unexpected-response', 'once'],
    [404, 'unexpected-response', undefined],
    [407, 'unexpected-response', undefined],
    [408, 'unavailable', 'backoff'],
    [422, 'unexpected-response', undefined],
    [429, 'rate-limited', 'backoff'],
    [451, 'unexpected-response', undefined],
    [500, 'unavailable', 'backoff'],
    [502, 'unavailable', 'backoff'],
    [504, 'unavailable', 'backoff'],
    [511, 'unexpected-response', undefined],
  ])('any other body with status %i, which is %s', (status, kind, policy) => {
    for (const body of FOREIGN) {
      const failure = failureFrom(response(status, body));
      expect(failure).toMatchObject({ kind, facts: { status, hadNoEffect: false } });
      expect(failure.facts.details).toEqual([expect.stringMatching(/^Response body: ./), HINT]);
      if (status !== 511) expect(failure.facts.retry?.policy).toBe(policy);
    }
  });

  test('an empty body', () => {
    expect(failureFrom(response(403)).facts.details).toEqual([HINT]);
  });

  test.each([200, 400, 429, 503])('a body of more than 1 MiB with status %i, which is not retried', (status) => {
    const failure = failureFrom(tooLarge(response(status, { errors: ['No'] })));
    expect(failure).toMatchObject({ kind: 'unexpected-response', facts: { hadNoEffect: false, retry: undefined } });
    expect(failure.message).toMatch(/more than 1 MiB/);
    expect(failure.facts.details).toContain(HINT);
  });
});

test.each([
  [429, 'retry-after'],
  [429, 'x-ratelimit-reset'],
  [503, 'retry-after'],
])('waits after %i as long as %s asks', (status, header) => {
  expect(failureFrom(response(status, '', { [header]: '7' })).facts.retry?.wait).toBe(7_000);
});
