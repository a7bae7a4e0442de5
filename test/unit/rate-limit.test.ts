import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/http/exchange.ts';
import { RATE_LIMIT_HEADERS, serverWait } from '../../src/http/rate-limit.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const UNIX_NOW = NOW / 1000;

function respond(headers: Answer['headers'], status = 429): Answer {
  return { host: 'api.datadoghq.com', status, headers, body: '', isComplete: true };
}

// https://docs.datadoghq.com/api/latest/rate-limits/
test('RATE_LIMIT_HEADERS lists the headers that Datadog documents, in lower case', () => {
  expect(RATE_LIMIT_HEADERS).toEqual([
    'x-ratelimit-limit',
    'x-ratelimit-period',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'x-ratelimit-name',
  ]);
});

describe('serverWait reads', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['no wait from other headers', { 'x-ratelimit-limit': '10', 'x-ratelimit-period': '60' }, undefined],
    ['X-RateLimit-Reset in seconds', { 'x-ratelimit-reset': '7' }, 7_000],
    ['X-RateLimit-Reset with a fraction', { 'x-ratelimit-reset': '1.5' }, 1_500],
    ['X-RateLimit-Reset as a Unix time', { 'x-ratelimit-reset': `${UNIX_NOW + 9}` }, 9_000],
    ['a Unix time in the past', { 'x-ratelimit-reset': `${UNIX_NOW - 9}` }, 0],
    ['the first number that is a Unix time', { 'retry-after': '1000000000' }, 0],
    ['the last number that is a number of seconds', { 'retry-after': '999999999' }, 999_999_999_000],
    ['Retry-After in seconds', { 'retry-after': '120' }, 120_000],
    ['Retry-After with two decimals', { 'retry-after': '1.25' }, 1_250],
    ['Retry-After as a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    ['Retry-After as a date in the obsolete format', { 'retry-after': 'Sunday, 22-Nov-26 12:00:30 GMT' }, 30_000],
    ['a date in the past', { 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    ['zero', { 'retry-after': '0' }, 0],
    ['a value with white space around it', { 'retry-after': ' 5 ' }, 5_000],
    ['the longer wait, Retry-After', { 'x-ratelimit-reset': '3', 'retry-after': '8' }, 8_000],
    ['the longer wait, X-RateLimit-Reset', { 'x-ratelimit-reset': '8', 'retry-after': '3' }, 8_000],
    ['the valid header if the other one is invalid', { 'x-ratelimit-reset': 'soon', 'retry-after': '3' }, 3_000],
  ])('%s', (_, headers, wait) => {
    expect(serverWait(respond(headers), NOW)).toBe(wait);
  });
});

describe('serverWait measures points in time against the Date header', () => {
  // The runner's clock is an hour slow.
  const slow = NOW - 3_600_000;
  const date = 'Sun, 22 Nov 2026 12:00:00 GMT';

  test.each([
    ['a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    ['a Unix time', { 'x-ratelimit-reset': `${UNIX_NOW + 9}` }, 9_000],
    ['a date in the past', { 'retry-after': 'Sun, 22 Nov 2026 11:30:00 GMT' }, 0],
    ['a number of seconds, which needs no clock', { 'retry-after': '5' }, 5_000],
  ])('%s', (_, headers, wait) => {
    expect(serverWait(respond({ ...headers, date }), slow)).toBe(wait);
  });

  test.each(['', 'yesterday', '2026-11-22', 'Tue, GMT'])('unless the header is invalid: "%s"', (invalid) => {
    const headers = { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT', date: invalid };
    expect(serverWait(respond(headers), NOW)).toBe(30_000);
  });
});

test.each([
  '',
  'soon',
  '-5',
  '1e3',
  '0x10',
  '.5',
  '5.',
  'NaN',
  'Infinity',
  '5 s',
  '5, 5',
  '2026-11-22',
  `${UNIX_NOW * 1000}`,
  '9'.repeat(400),
  'Tue, GMT',
  'on Sun, 22 Nov 2026 12:00:30 GMT',
  'Sun, 22 Nov 2026 12:00:30 GMT+0100',
])('serverWait ignores "%s"', (value) => {
  expect(serverWait(respond({ 'retry-after': value }), NOW)).toBeUndefined();
});

test('serverWait uses the local clock if it is not given a time', () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const wait = serverWait(respond({ 'retry-after': date }));
  expect(wait).toBeGreaterThan(3_500_000);
  expect(wait).toBeLessThanOrEqual(3_600_000);
});

test.each([
  [429, 3_000],
  [503, 3_000],
  [200, undefined],
  [403, undefined],
  [500, undefined],
  [502, undefined],
])('serverWait applies after 429 and 503 only: %i', (status, wait) => {
  expect(serverWait(respond({ 'retry-after': '3', 'x-ratelimit-reset': '2' }, status), NOW)).toBe(wait);
});
