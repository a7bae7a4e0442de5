import { expect, test } from 'vitest';
import { refusal } from '../../src/datadog/answer.ts';

const headers = { 'x-ratelimit-reset': '3', 'x-ratelimit-period': '10' };

test.each([
  [429, 3_000, 10_000],
  [503, 3_000, undefined],
  [500, undefined, undefined],
  [403, undefined, undefined],
])('a wait or period that the server names counts only where it is meant: %s', (status, serverWait, ratePeriod) => {
  const failure = refusal({ status, headers, body: '' }, 'datadoghq.com');
  expect(failure).toMatchObject({ serverWait, ratePeriod });
});
