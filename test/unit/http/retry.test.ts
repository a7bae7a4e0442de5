import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure, type Retry } from '../../../src/failure.ts';
import type { RequestOptions } from '../../../src/http/request.ts';
import { nextWait, withRetries } from '../../../src/http/retry.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function failure(policy?: Retry['policy'], facts: Failure['facts'] = {}, wait?: number): Failure {
  return new Failure('unavailable', 'It failed.', { retry: policy && { policy, wait }, ...facts });
}

const busy = failure('backoff', { status: 502 });
const limited = failure('backoff', { status: 429, hadNoEffect: true }, 10 * MINUTE);
const refused = failure('once', { status: 403, hadNoEffect: true });
const final = failure(undefined, { status: 422, hadNoEffect: true });
const lost = failure('backoff');
const unreachable = failure('connect', { hadNoEffect: true });
/** An attempt that uses up its time to connect. */
const silent = failure('connect', { hadNoEffect: true });
const cancelled = new Failure('cancelled', 'The run was cancelled.');

// Time is virtual, so that minutes pass in no time: the fake clock drives both the timers and process.uptime().
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(process, 'uptime').mockImplementation(() => Date.now() / 1000);
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

/** Runs an operation whose attempts fail with these errors, the last one again and again, or succeed with a text. */
async function run(steps: readonly (Error | string)[], deadline = 5 * MINUTE, signal = new AbortController().signal) {
  const starts: number[] = [];
  const limits: Pick<RequestOptions, 'connectLimit' | 'limit'>[] = [];
  const operation = async ({ connectLimit, limit }: RequestOptions): Promise<string> => {
    const step = steps[Math.min(starts.length, steps.length - 1)] ?? '';
    starts.push(Date.now());
    limits.push({ connectLimit, limit });
    if (step === silent) await new Promise((resolve) => setTimeout(resolve, connectLimit));
    if (typeof step === 'string') return step;
    throw step;
  };
  const onRetry = vi.fn();
  const context = { deadline, signal, onRetry, userAgent: '', trace: () => {} };
  const ended = withRetries(operation, context).catch((error) => error);
  await vi.runAllTimersAsync();
  const outcome = await ended;
  const facts = outcome instanceof Failure ? outcome.facts : {};
  return { outcome, facts, starts, limits, duration: Date.now(), retries: onRetry.mock.calls };
}

describe('withRetries', () => {
  test.each([
    ['makes one attempt if it succeeds', ['done'], 1],
    ['retries until an attempt succeeds', [busy, busy, lost, unreachable, 'done'], 5],
    ['retries once after credentials were refused', [refused, 'done'], 2],
  ])('%s', async (_, steps, attempts) => {
    const { outcome, starts } = await run(steps);
    expect([outcome, starts.length]).toEqual(['done', attempts]);
  });

  const withoutStatus = final.with({ status: undefined });
  test.each([
    ['gives up at once after a failure that a retry cannot fix', [final], 1, 422, true],
    ['gives up after a second refusal', [refused], 2, 403, true],
    ['gives up after a second refusal, even if not in a row', [refused, busy, refused], 3, 403, false],
    ['gives up at once if the requested wait is longer than the time left', [limited], 1, 429, true],
    ['remembers that an earlier attempt may have had an effect', [busy, limited], 2, 429, false],
    ['remembers the last status if later responses are lost', [busy, lost, withoutStatus], 3, 502, false],
    ['reports no effect if every attempt was refused or not sent', [unreachable, final], 2, 422, true],
  ])('%s', async (_, steps, attempts, status, hadNoEffect) => {
    const { facts, starts } = await run(steps);
    expect(facts).toMatchObject({ attempts, status, hadNoEffect });
    expect(starts).toHaveLength(attempts);
  });

  test('reports each retry before its wait', async () => {
    const { retries } = await run([busy, refused, 'done']);
    expect(retries).toEqual([
      [busy, 2, 250],
      [refused, 3, 3_500],
    ]);
  });

  test('ends before the deadline, with at least three seconds for each attempt', async () => {
    const { starts, limits, duration } = await run([lost], 18_500);
    expect(starts).toEqual([0, 250, 750, 1_750, 3_750, 7_750]); // Not at 15,750.
    expect(limits.map(({ limit }) => limit)).toEqual(starts.map((start) => 18_500 - start));
    expect(duration).toBe(7_750);
  });

  test.each([
    [300, [15_000, 14_750], 30_000],
    [20, [15_000, 4_750], 20_000],
    [6, [6_000], 6_000],
  ])('with `timeout` %i s, gives up in time without a secure connection', async (timeout, connectLimits, end) => {
    const { limits, duration } = await run([silent], timeout * SECOND);
    expect([limits.map(({ connectLimit }) => connectLimit), duration]).toEqual([connectLimits, end]);
  });

  test('ends within 30 s if each attempt fails to connect', async () => {
    expect((await run([unreachable])).duration).toBeLessThanOrEqual(30_000);
  });

  test('allows the full time to connect again after a secure connection, and a minute for a response', async () => {
    const { limits } = await run([silent, busy, 'done']);
    expect(limits.map(({ connectLimit, limit }) => [connectLimit, limit])).toEqual([
      [15_000, MINUTE],
      [14_750, MINUTE],
      [15_000, MINUTE],
    ]);
  });

  test.each([true, false])('ends a wait when the signal aborts, with hadNoEffect still %s', async (hadNoEffect) => {
    const first = failure('backoff', { hadNoEffect }, MINUTE);
    const controller = new AbortController();
    setTimeout(() => controller.abort(cancelled), 100);
    const { outcome, starts } = await run([first], 5 * MINUTE, controller.signal);
    expect(outcome).toMatchObject({ kind: 'cancelled', facts: { attempts: 1, hadNoEffect } });
    expect(starts).toEqual([0]);
  });

  test('does not retry after the signal has aborted', async () => {
    const { starts, retries } = await run([busy], 5 * MINUTE, AbortSignal.abort(cancelled));
    expect([starts, retries]).toEqual([[0], []]);
  });

  test('turns a bug into an internal failure, after which the update may have been applied', async () => {
    const bug = new TypeError('x is not a function');
    const facts = { attempts: 1, hadNoEffect: false };
    expect((await run([bug])).outcome).toMatchObject({ kind: 'internal', cause: bug, facts });
  });
});

test.each<[Retry, number, number, number]>([
  [{ policy: 'backoff' }, 1, 0, 250],
  [{ policy: 'backoff' }, 1, 1, 500],
  [{ policy: 'connect' }, 4, 0.5, 3_000],
  [{ policy: 'backoff' }, 99, 1, 30_000],
  [{ policy: 'backoff', wait: 7_000 }, 1, 1, 7_500],
  [{ policy: 'once' }, 1, 0, 3_250],
])('the wait for %j after attempt %i, with random number %f, is %i ms', (retry, attempts, random, wait) => {
  expect(nextWait(retry, attempts, random)).toBe(wait);
});
