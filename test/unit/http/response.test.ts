import { describe, expect, test } from 'vitest';
import { describeResponse, quoteBody } from '../../../src/http/request.ts';
import { retryFor } from '../../../src/http/retry.ts';
import { HINT, PAGE, response, tooLarge } from '../../support/responses.ts';

test.each([
  ['api.datadoghq.com returned 403 Blocked by Policy', { ...response(403), reason: 'Blocked by Policy' }],
  ['api.datadoghq.com returned 599', response(599)],
  ['api.datadoghq.com returned 200 OK, with a body of more than 1 MiB', tooLarge(response(200))],
])('a response is described as "%s"', (text, received) => {
  expect(describeResponse(received)).toBe(text);
});

describe('a failure quotes from a body in an unknown format', () => {
  test.each<[string, string, string[]]>([
    [
      'the text of a page, without its markup',
      PAGE,
      [expect.stringMatching(/^Response body: Blocked\s+by policy$/), HINT],
    ],
    ['all of a text with an opening bracket', 'a < b', ['Response body: a < b', HINT]],
    ['no style or script', '<STYLE>b{}</style >Call<script>a<b', ['Response body: Call', HINT]],
    ['nothing if it is empty', ' \r\n', [HINT]],
    ['nothing if there is only markup', '<br/>\n', [HINT]],
  ])('%s', (_, body, lines) => {
    expect(quoteBody(response(502, body))).toEqual(lines);
  });

  test.each(['<', '<a', '<style'])('in linear time: 1 MiB of %s', (part) => {
    const start = performance.now();
    quoteBody(response(502, part.repeat(1024 * 1024)));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('a request is retried', () => {
  const SHORT = { 'retry-after': '2', 'x-ratelimit-reset': '7' };
  const DATE = { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' };
  test.each<[string, number[], Record<string, string>, string | undefined, number?]>([
    ['once for credentials that may be new', [401, 403], SHORT, 'once'],
    ['without a requested wait', [408, 500, 502, 504], SHORT, 'backoff'],
    ['after the longest requested wait', [429, 503], SHORT, 'backoff', 7_000],
    ['after a fraction of a second', [429, 503], { 'retry-after': '0.5' }, 'backoff', 500],
    ['with backoff alone without such a header', [429, 503], {}, 'backoff', 0],
    ['with backoff alone for a Unix time', [429, 503], { 'x-ratelimit-reset': '1795996800' }, 'backoff', 0],
    ['with backoff alone for a date', [429, 503], DATE, 'backoff', 0],
    ['with backoff alone for anything else', [429, 503], { 'retry-after': '-5' }, 'backoff', 0],
    ['never after another status', [200, 201, 302, 400, 404, 407, 409, 422, 501, 511], SHORT, undefined],
  ])('%s', (_, statuses, headers, policy, wait) => {
    for (const status of statuses) {
      const retry = retryFor(response(status, '', headers), ['x-ratelimit-reset', 'retry-after']);
      expect([status, retry?.policy, retry?.wait]).toEqual([status, policy, wait]);
    }
  });

  test.each([401, 403, 429, 500, 503])('never after %i with a body of more than 1 MiB', (status) => {
    expect(retryFor(tooLarge(response(status)), [])).toBeUndefined();
  });
});
