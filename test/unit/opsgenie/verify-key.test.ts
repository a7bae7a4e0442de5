import { describe, expect, test } from 'vitest';
import { readVerdict } from '../../../src/opsgenie/verify-key.ts';
import { response } from '../../support/responses.ts';

const ACCEPTED = { data: { name: 'acme', userCount: 3 } };
const PAGE = '<html><title>Sign in</title></html>';

test('a 200 with the name of an account accepts the key', () => {
  expect(readVerdict(response(200, ACCEPTED))).toBeUndefined();
});

describe('the key is rejected, and Opsgenie is quoted, after', () => {
  test.each([
    [401, { message: 'Could not authenticate' }, { policy: 'once' }],
    [403, { message: 'API Key is not granted with read access.', code: 40301 }, undefined],
    [422, { message: 'Key format is not valid!' }, undefined],
  ])('%i %j', (status, body, retry) => {
    expect(readVerdict(response(status, body))).toMatchObject({
      kind: 'key-rejected',
      facts: { status, details: { label: 'Opsgenie said', texts: [body.message] }, retry },
    });
  });
});

describe('there is no verdict and no retry after', () => {
  test.each<[number, unknown]>([
    [200, { data: { userCount: 3 } }],
    [200, { data: { name: 7 } }],
    [200, { data: [ACCEPTED.data] }],
    [200, PAGE],
    [200, ''],
    [200, JSON.stringify(ACCEPTED).slice(0, -1)],
    [201, ACCEPTED],
    [204, ''],
    [302, ''],
    [401, PAGE],
    [402, { message: 'Your plan does not allow this' }],
    [403, { message: 'Forbidden', code: 40302 }],
    [403, { message: 'Forbidden', code: '40301' }],
    [403, PAGE],
    [404, { message: 'Not found' }],
    [410, ''],
    [407, ''],
    [422, { message: 'Something else' }],
    [501, ''],
  ])('%i %j', (status, body) => {
    expect(readVerdict(response(status, body))).toMatchObject({
      kind: 'key-not-verified',
      facts: { status, retry: undefined },
    });
  });

  test('200 with more than 1 MiB', () => {
    expect(readVerdict({ ...response(200, ACCEPTED), isComplete: false })?.kind).toBe('key-not-verified');
  });
});

test.each([408, 429, 500, 502, 503, 504])('there is a retry after %i', (status) => {
  expect(readVerdict(response(status))).toMatchObject({
    kind: 'key-not-verified',
    facts: { retry: { policy: 'backoff' } },
  });
});
