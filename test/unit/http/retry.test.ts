import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { Limits, RequestOptions, Response } from '../../../src/http/request.ts';
import {
  AttemptRecord,
  nextWait,
  type Retry,
  reasonToGiveUp,
  requestedWait,
  withRetries,
} from '../../../src/http/retry.ts';
import { response } from '../../support/responses.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function failure(retry: Retry | undefined, more: { status?: number; mayBeApplied?: boolean } = {}) {
  return new Failure('unavailable', 'It failed.', { remedy: 'Wait.', retry, ...more });
}

const busy = failure({ policy: 'backoff' }, { status: 502, mayBeApplied: true });
const refused = failure({ policy: 'once' }, { status: 403 });
const final = failure(undefined, { status: 422 });
/** An attempt that uses up all its time. */
const silent = failure({ policy: 'connect' });

const CONTEXT = { signal: new AbortController().signal, onRetry: () => {}, trace: () => {} };

// Time is virtual, so that minutes pass in no time: the fake clock drives both the timers and process.uptime().
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(process, 'uptime').mockImplementation(() => Date.now() / 1000);
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Runs an operation whose attempts fail with these failures, the last one again and again, or succeed with a text. */
async function run(steps: readonly (Failure | string)[], deadline = 5 * MINUTE, signal = CONTEXT.signal) {
  const starts: number[] = [];
  const limits: Limits[] = [];
  const record = new AttemptRecord();
  const operation = async ({ limits: limit }: RequestOptions): Promise<string> => {
    const step = steps[Math.min(starts.length, steps.length - 1)] ?? '';
    starts.push(Date.now());
    limits.push(limit);
    if (step === silent) await new Promise((resolve) => setTimeout(resolve, limit.connect));
    if (typeof step === 'string') return step;
    throw step;
  };
  const ended = withRetries(operation, { ...CONTEXT, deadline, signal }, record).catch((error) => error);
  await vi.runAllTimersAsync();
  return { outcome: await ended, starts, limits, record, duration: Date.now() };
}

describe('withRetries', () => {
  test('makes one attempt if it succeeds', async () => {
    const { outcome, starts, record } = await run(['done']);
    expect([outcome, starts, record.attempts]).toEqual(['done', [0], 1]);
  });

  test('retries after a transient failure, until an attempt succeeds', async () => {
    const { outcome, record } = await run([busy, busy, 'done']);
    expect([outcome, record]).toEqual(['done', { attempts: 3, status: 502, mayBeApplied: true, gaveUp: undefined }]);
  });

  test.each([
    ['a failure that a retry cannot fix', [final], 1],
    ['a second refusal, even after another failure', [refused, busy, refused], 3],
  ])('ends after %s', async (_, steps, attempts) => {
    const { outcome, record } = await run(steps);
    expect(outcome).toBe(steps.at(-1));
    expect(record.attempts).toBe(attempts);
  });

  test('waits at least three seconds after a refusal, because credentials may be new', async () => {
    expect((await run([refused, 'done'])).starts).toEqual([0, 3_250]);
  });

  test('gives up immediately if the server asks for a longer wait than there is time', async () => {
    const limited = failure({ policy: 'backoff', wait: 10 * MINUTE });
    const { outcome, record } = await run([limited]);
    expect(outcome).toBe(limited);
    expect(record).toMatchObject({
      attempts: 1,
      gaveUp: 'The server asks to wait 600 s, but only 300 s of `timeout` is left.',
    });
  });

  test.each([
    [300, [15_000, 14_750], 30_000],
    [20, [15_000, 4_750], 20_000],
    [6, [6_000], 6_000],
  ])('without a secure connection, ends within 30 s and `timeout`: %i s', async (timeout, connect, duration) => {
    const run1 = await run([silent], timeout * SECOND);
    expect(run1.limits.map((limit) => limit.connect)).toEqual(connect);
    expect(run1.duration).toBe(duration);
  });

  test('allows the full time to connect again after a secure connection', async () => {
    const { limits } = await run([silent, busy, 'done']);
    expect(limits).toEqual([
      { connect: 15_000, total: 60_000 },
      { connect: 14_750, total: 60_000 },
      { connect: 15_000, total: 60_000 },
    ]);
  });

  test('ends a wait when the signal aborts, with the reason of the signal', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(final), 100);
    const { outcome, starts } = await run(
      [failure({ policy: 'backoff', wait: MINUTE })],
      5 * MINUTE,
      controller.signal,
    );
    expect([outcome, starts]).toEqual([final, [0]]);
  });

  test('turns a bug into an internal failure, after which the update may have been applied', async () => {
    const record = new AttemptRecord();
    const context = { ...CONTEXT, deadline: MINUTE };
    const bug = new TypeError('x is not a function');
    await expect(withRetries(() => Promise.reject(bug), context, record)).rejects.toMatchObject({
      kind: 'internal',
      cause: bug,
    });
    expect(record).toMatchObject({ attempts: 1, mayBeApplied: true });
  });
});

describe('nextWait', () => {
  test.each<[Retry, number, number, number]>([
    [{ policy: 'backoff' }, 1, 0, 250],
    [{ policy: 'backoff' }, 1, 1, 500],
    [{ policy: 'backoff' }, 4, 0.5, 3_000],
    [{ policy: 'backoff' }, 99, 1, 30_000],
    [{ policy: 'backoff', wait: 7_000 }, 1, 1, 7_500],
    [{ policy: 'once' }, 1, 0, 3_250],
  ])('%j after %i attempts, with random number %f: %i ms', (retry, attempts, random, wait) => {
    expect(nextWait(retry, attempts, random)).toBe(wait);
  });
});

describe('reasonToGiveUp', () => {
  test.each<[Retry, number, number, number, string | undefined]>([
    [{ policy: 'backoff' }, 500, 60_000, 30_000, undefined],
    [{ policy: 'connect' }, 500, 60_000, 1_000, 'Gave up connecting after 30 s.'],
    [{ policy: 'backoff' }, 500, 1_400, 30_000, '`timeout` leaves too little time for another attempt.'],
    [{ policy: 'backoff' }, 500, -10, 30_000, '`timeout` leaves too little time for another attempt.'],
    [{ policy: 'backoff', wait: 900 }, 1_150, 2_000, 30_000, '`timeout` leaves too little time for another attempt.'],
    [
      { policy: 'backoff', wait: 600_000 },
      600_250,
      299_000,
      30_000,
      'The server asks to wait 600 s, but only 299 s of `timeout` is left.',
    ],
  ])('%j, a wait of %i ms, %i ms left, %i ms left to connect: %s', (retry, wait, timeLeft, connectTimeLeft, reason) => {
    expect(reasonToGiveUp(retry, wait, timeLeft, connectTimeLeft)).toBe(reason);
  });
});

describe('requestedWait', () => {
  const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
  const respond = (headers: Response['headers'], status = 429): Response => response(status, '', headers);
  test.each<[string, number | undefined]>([
    ['7', 7_000],
    ['1.5', 1_500],
    [' 5 ', 5_000],
    ['0', 0],
    [`${NOW / 1000 + 9}`, 9_000],
    [`${NOW / 1000 - 9}`, 0],
    ['999999999', 999_999_999_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1e3', undefined],
    ['2026-11-22', undefined],
    ['9'.repeat(400), undefined],
  ])('reads "%s" as %j ms', (value, wait) => {
    expect(requestedWait(respond({ 'retry-after': value }), ['retry-after'], NOW)).toBe(wait);
  });

  test('measures dates against the clock of the server, because the clock of the runner may be wrong', () => {
    const headers = { date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' };
    expect(requestedWait(respond(headers), ['retry-after'], NOW - 60 * MINUTE)).toBe(30_000);
  });

  test('takes the longest of several headers', () => {
    const headers = { 'x-ratelimit-reset': '3', 'retry-after': '8' };
    expect(requestedWait(respond(headers), ['x-ratelimit-reset', 'retry-after'], NOW)).toBe(8_000);
  });

  test.each([200, 403, 500, 502])('is undefined after status %i', (status) => {
    expect(requestedWait(respond({ 'retry-after': '3' }, status), ['retry-after'], NOW)).toBeUndefined();
  });
});
