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

test.each<[number, FailureKind, FailureKind, boolean]>([
  [400, 'update-rejected', 'unexpected-response', true],
  [401, 'forbidden', 'forbidden', true],
  [403, 'forbidden', 'forbidden', true],
  [404, 'not-found', 'unexpected-response', true],
  [408, 'unavailable', 'unavailable', true],
  [409, 'unexpected-response', 'unexpected-response', true],
  [422, 'update-rejected', 'unexpected-response', true],
  [429, 'rate-limited', 'rate-limited', true],
  [500, 'unavailable', 'unavailable', false],
  [503, 'unavailable', 'unavailable', false],
  [201, 'unexpected-response', 'unexpected-response', false],
  [302, 'unexpected-response', 'unexpected-response', false],
])("Datadog's own %i fails an update as %s and a list as %s", (status, update, list, hadNoEffect) => {
  const own = response(status, { errors: ['No'] });
  expect(failureFrom(own)).toMatchObject({ kind: update, facts: { status, hadNoEffect } });
  expect(failureFrom(own, 'list').kind).toBe(list);
});

describe("a response that is not in Datadog's format may hide a success, and fails an update as", () => {
  const FOREIGN: readonly unknown[] = [
    ...[PAGE, 'upstream connect error', '{"errors": ["cut o', 'null', '[]', '"Forbidden"', {}],
    ...[{ errors: [] }, { errors: 'Forbidden' }, { error: 'Forbidden' }, { error: [] }, { message: 'Forbidden' }],
    { errors: { 0: 'Forbidden' } },
  ];
  test.each<[FailureKind, number]>([
    ['unexpected-response', 201],
    ['unexpected-response', 302],
    ['unexpected-response', 400],
    ['unexpected-response', 401],
    ['unexpected-response', 403],
    ['unexpected-response', 404],
    ['unavailable', 408],
    ['unexpected-response', 422],
    ['rate-limited', 429],
    ['unavailable', 500],
    ['unexpected-response', 511],
  ])('%s after status %i', (kind, status) => {
    for (const body of FOREIGN) {
      const failure = failureFrom(response(status, body));
      expect(failure).toMatchObject({ kind, facts: { status, hadNoEffect: false } });
      expect(failure.facts.details).toEqual([expect.stringMatching(/^Response body: ./), HINT]);
    }
  });

  test('unexpected-response if the body is empty', () => {
    const facts = { details: [HINT], hadNoEffect: false };
    expect(failureFrom(response(403))).toMatchObject({ kind: 'unexpected-response', facts });
  });

  test.each([200, 400, 429, 503])('unexpected-response after status %i with a body of more than 1 MiB', (status) => {
    const failure = failureFrom(tooLarge(response(status, { errors: ['No'] })));
    expect(failure).toMatchObject({ kind: 'unexpected-response', facts: { hadNoEffect: false, retry: undefined } });
    expect(failure.message).toMatch(/more than 1 MiB/);
    expect(failure.facts.details).toContain(HINT);
  });
});

test.each(['retry-after', 'x-ratelimit-reset'])('an update waits after 429 for as long as %s asks', (header) => {
  const { retry } = failureFrom(response(429, '', { [header]: '7' })).facts;
  expect(retry).toEqual({ policy: 'backoff', wait: 7_000 });
});
