import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { withRetries } from '../../src/retry.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const NEVER = new Promise<never>(() => {});

const busy = new Failure('unavailable', 'busy', { status: 502 });
const lost = new Failure('answer-cut-off', 'lost', { mayBeApplied: true });
const slow = new Failure('no-answer', 'no answer', { mayBeApplied: true });
const forbidden = new Failure('forbidden', 'forbidden', { status: 403 });
const unauthorized = new Failure('unauthorized', 'unauthorized', { status: 401 });
const unreachable = new Failure('unreachable', 'no route');
const invalid = new Failure('invalid-values', 'invalid', { status: 422 });

function limited(serverWait: number): Failure {
  return new Failure('rate-limited', 'limited', { status: 429, serverWait });
}

/** What one attempt does: fail, return a value, or never end. */
type Step = Failure | string | Promise<never>;

interface Options {
  readonly deadline?: number;
  /** How long each attempt takes, in milliseconds. An attempt never takes longer than its time limit. */
  readonly duration?: number;
  readonly interruption?: Promise<never>;
}

interface Run {
  readonly outcome: Awaited<ReturnType<typeof withRetries<string>>> | Failure;
  /** When each attempt started. */
  readonly starts: readonly number[];
  readonly timeLimits: readonly number[];
  /** The arguments of each call of `onRetry`. */
  readonly retries: readonly (readonly [failure: Failure, attempt: number, wait: number])[];
  readonly waits: readonly number[];
}

// Time is virtual, so that hours pass in no time: the fake clock drives both the timers and process.uptime().
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(process, 'uptime').mockImplementation(() => Date.now() / 1000);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Makes the jitter as short (0) or as long (1) as possible, or anything in between. */
function mockJitter(share: number): void {
  vi.spyOn(Math, 'random').mockReturnValue(share);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Runs an operation whose attempts do these steps, the last one again and again. */
async function runSteps(
  steps: readonly Step[],
  { deadline = 5 * MINUTE, duration = 0, interruption = NEVER }: Options = {},
): Promise<Run> {
  const starts: number[] = [];
  const timeLimits: number[] = [];
  const retries: Run['retries'][number][] = [];
  const operation = async (timeLimit: number): Promise<string> => {
    const step = steps[Math.min(starts.length, steps.length - 1)] ?? '';
    starts.push(Date.now());
    timeLimits.push(timeLimit);
    if (duration > 0) await wait(Math.min(duration, timeLimit));
    if (step instanceof Failure) throw step;
    return step;
  };
  const onRetry = (...retry: (typeof retries)[number]): void => void retries.push(retry);
  const ended = withRetries(operation, { deadline, interruption, onRetry }).catch(Failure.from);
  await vi.runAllTimersAsync();
  return {
    outcome: await ended,
    starts,
    timeLimits,
    retries,
    waits: retries.map(([, , milliseconds]) => milliseconds),
  };
}

describe('withRetries', () => {
  test('makes one attempt if it succeeds', async () => {
    const { outcome, starts } = await runSteps(['done']);
    expect(outcome).toEqual({ value: 'done', attempts: 1 });
    expect(starts).toEqual([0]);
  });

  test('retries after a transient failure, and reports each one', async () => {
    const { outcome, retries } = await runSteps([busy, lost, 'done']);
    expect(outcome).toEqual({ value: 'done', attempts: 3 });
    expect(retries).toEqual([
      [busy, 2, expect.any(Number)],
      [lost, 3, expect.any(Number)],
    ]);
  });

  test('fails at once if a retry cannot help', async () => {
    const { outcome, starts } = await runSteps([invalid]);
    expect(outcome).toMatchObject({ kind: 'invalid-values', message: 'invalid' });
    expect(outcome).toHaveProperty('facts', {
      attempts: 1,
      status: 422,
      mayBeApplied: false,
      gaveUpReason: undefined,
    });
    expect(starts).toHaveLength(1);
  });

  test('reports an internal error with its cause', async () => {
    const error = new TypeError('x is not a function');
    const options = { deadline: MINUTE, interruption: NEVER, onRetry: () => {} };
    await expect(withRetries(() => Promise.reject(error), options)).rejects.toMatchObject({
      kind: 'internal',
      cause: error,
      facts: { attempts: 1, mayBeApplied: true },
    });
  });
});

describe('the backoff', () => {
  test.each([
    ['shortest', 0, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
    ['longest', 1, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    ['average', 0.5, [375, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]],
  ])('doubles from 500 ms to 30 s, half of it fixed and half random: %s waits', async (_, jitter, expected) => {
    mockJitter(jitter);
    const { waits, starts } = await runSteps([busy], { deadline: HOUR });
    expect(waits.slice(0, 8)).toEqual(expected);
    expect(new Set(waits.slice(6)).size).toBe(1);
    const elapsed = starts.slice(1, 9).map((start, index) => start - (starts[index] ?? 0));
    expect(elapsed).toEqual(expected);
  });

  test('uses a new random number for each wait', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(1);
    expect((await runSteps([busy, busy, 'done'])).waits).toEqual([250, 1_000]);
  });

  test('is added to the wait that the server asks for', async () => {
    mockJitter(0.5);
    const { outcome, waits, starts } = await runSteps([limited(7_000), limited(7_000), 'done']);
    expect(outcome).toEqual({ value: 'done', attempts: 3 });
    expect(waits).toEqual([7_375, 7_750]);
    expect(starts).toEqual([0, 7_375, 15_125]);
  });

  test('is the whole wait if the server asks for none', async () => {
    mockJitter(0.5);
    expect((await runSteps([limited(0), limited(0), 'done'])).waits).toEqual([375, 750]);
  });
});

describe('refused keys (401 or 403)', () => {
  test.each([[forbidden], [unauthorized]])('get one more attempt, at least 3 s later: $kind', async (refused) => {
    mockJitter(0);
    const { outcome, waits } = await runSteps([refused]);
    expect(outcome).toMatchObject({ kind: refused.kind, facts: { attempts: 2, gaveUpReason: undefined } });
    expect(waits).toEqual([3_250]);
  });

  test('can be accepted by the second attempt', async () => {
    expect((await runSteps([forbidden, 'done'])).outcome).toEqual({ value: 'done', attempts: 2 });
  });

  test('get only one more attempt, whichever way they are refused and whatever happens in between', async () => {
    const { outcome } = await runSteps([forbidden, busy, unauthorized, 'done']);
    expect(outcome).toMatchObject({ kind: 'unauthorized', facts: { attempts: 3 } });
  });

  test('get one more attempt after another failure, too', async () => {
    expect((await runSteps([busy, forbidden, 'done'])).outcome).toEqual({ value: 'done', attempts: 3 });
  });
});

describe('an unreachable host', () => {
  test('gets 7 attempts in about half a minute', async () => {
    mockJitter(1);
    const { outcome, starts } = await runSteps([unreachable], { deadline: HOUR });
    expect(outcome).toMatchObject({ kind: 'unreachable', facts: { attempts: 7, gaveUpReason: undefined } });
    expect(starts).toHaveLength(7);
    expect(starts.at(-1)).toBe(31_500);
  });

  test('can be reached by the last attempt', async () => {
    const { outcome } = await runSteps([...Array<Failure>(6).fill(unreachable), 'done']);
    expect(outcome).toEqual({ value: 'done', attempts: 7 });
  });

  test('gets 7 attempts, not counting those that fail in other ways', async () => {
    const { outcome } = await runSteps([busy, lost, unreachable], { deadline: HOUR });
    expect(outcome).toMatchObject({ kind: 'unreachable', facts: { attempts: 9 } });
  });
});

test('a failure can override the retry policy of its kind', async () => {
  const once = new Failure('key-rejected', 'unknown key', { retry: 'once' });
  expect((await runSteps([once])).starts).toHaveLength(2);
  const never = new Failure('unavailable', 'busy', { retry: 'never' });
  expect((await runSteps([never])).starts).toHaveLength(1);
});

describe('the deadline', () => {
  test('ends the operation at once if the wait that the server asks for does not fit', async () => {
    mockJitter(0.5);
    const { outcome, starts } = await runSteps([limited(6 * MINUTE)], { duration: 100 });
    expect(outcome).toMatchObject({ kind: 'rate-limited', facts: { attempts: 1, status: 429 } });
    expect(outcome).toHaveProperty(
      'facts.gaveUpReason',
      'The next attempt would have to wait 360.4 s (the server asks for 360 s), but `timeout` leaves only 299.9 s.',
    );
    expect(starts).toEqual([0]);
    expect(Date.now()).toBe(100);
  });

  test('ends the operation at once if the backoff does not fit', async () => {
    mockJitter(0.5);
    const { outcome } = await runSteps([busy], { deadline: 4 * SECOND, duration: 600 });
    expect(outcome).toHaveProperty(
      'facts.gaveUpReason',
      'The next attempt would have to wait 1.5 s, but `timeout` leaves only 1.1 s.',
    );
    expect(Date.now()).toBeLessThan(4 * SECOND);
  });

  test('can leave no time, but never a negative time', async () => {
    const operation = async (): Promise<never> => {
      await wait(3 * SECOND);
      throw busy;
    };
    const options = { deadline: 2 * SECOND, interruption: NEVER, onRetry: () => {} };
    const ended = withRetries(operation, options).catch(Failure.from);
    await vi.runAllTimersAsync();
    expect(await ended).toHaveProperty(
      'facts.gaveUpReason',
      expect.stringMatching(/, but `timeout` leaves only 0 s\.$/),
    );
  });

  test.each([
    [250, 1],
    [251, 2],
  ])('must come after the wait before the next attempt: %i ms', async (deadline, attempts) => {
    mockJitter(0);
    const { starts } = await runSteps([busy, 'done'], { deadline });
    expect(starts).toHaveLength(attempts);
  });

  test('limits each attempt, as does a limit of one minute', async () => {
    mockJitter(0);
    const { timeLimits } = await runSteps([busy], { deadline: 90 * SECOND, duration: 50 * SECOND });
    expect(timeLimits).toEqual([60_000, 39_750]);
  });

  test('reports the previous failure if it cuts an attempt short', async () => {
    mockJitter(0);
    const { outcome } = await runSteps([busy, slow], { deadline: 2 * SECOND, duration: 1.5 * SECOND });
    expect(outcome).toMatchObject({ kind: 'unavailable', message: 'busy' });
    expect(outcome).toHaveProperty('facts', {
      attempts: 2,
      status: 502,
      mayBeApplied: true,
      gaveUpReason: 'The last attempt was cut short by `timeout`.',
    });
    expect(Date.now()).toBe(2 * SECOND);
  });

  test('reports that there was no answer if it cuts the first attempt short', async () => {
    const { outcome } = await runSteps([slow], { deadline: 2 * SECOND, duration: MINUTE });
    expect(outcome).toMatchObject({ kind: 'no-answer', facts: { attempts: 1, gaveUpReason: undefined } });
  });

  test('reports the last failure if that came in time', async () => {
    mockJitter(0);
    const { outcome } = await runSteps([busy, lost], { deadline: 2 * SECOND, duration: 800 });
    expect(outcome).toMatchObject({ kind: 'answer-cut-off', facts: { attempts: 2 } });
    expect(outcome).toHaveProperty(
      'facts.gaveUpReason',
      expect.stringContaining('The next attempt would have to wait'),
    );
  });
});

test('an attempt that gets no answer within a minute is retried', async () => {
  const { outcome, timeLimits } = await runSteps([slow, 'done'], { duration: MINUTE });
  expect(outcome).toEqual({ value: 'done', attempts: 2 });
  expect(timeLimits).toEqual([MINUTE, MINUTE]);
});

describe('an interruption', () => {
  const cancelled = new Failure('cancelled', 'cancelled', { mayBeApplied: true });

  test('ends an attempt at once', async () => {
    const { promise: interruption, reject: interrupt } = Promise.withResolvers<never>();
    setTimeout(() => interrupt(cancelled), 5 * SECOND);
    const operation = vi.fn(() => NEVER);
    const ended = withRetries(operation, { deadline: MINUTE, interruption, onRetry: () => {} }).catch(Failure.from);
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    expect(await ended).toMatchObject({ kind: 'cancelled', facts: { attempts: 1, mayBeApplied: true } });
    expect(operation).toHaveBeenCalledOnce();
  });

  test('ends a wait at once, and reports what the attempts before it did', async () => {
    const { promise: interruption, reject: interrupt } = Promise.withResolvers<never>();
    setTimeout(() => interrupt(cancelled), 5 * SECOND);
    const operation = vi.fn(() => Promise.reject(limited(30 * SECOND)));
    const ended = withRetries(operation, { deadline: MINUTE, interruption, onRetry: () => {} }).catch(Failure.from);
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    expect(await ended).toMatchObject({
      kind: 'cancelled',
      facts: { attempts: 1, status: 429, mayBeApplied: false, gaveUpReason: undefined },
    });
    await vi.runAllTimersAsync();
    expect(operation).toHaveBeenCalledOnce();
  });

  test('by an unexpected error is an internal error', async () => {
    const error = new RangeError('out of range');
    const { outcome } = await runSteps([busy], { interruption: Promise.reject(error) });
    expect(outcome).toMatchObject({ kind: 'internal', cause: error });
  });
});

describe('the final failure', () => {
  test('has the last status, although a later attempt got no answer', async () => {
    const { outcome } = await runSteps([busy, new Failure('certificate', 'expired')]);
    expect(outcome).toMatchObject({ kind: 'certificate', facts: { attempts: 2, status: 502, mayBeApplied: false } });
  });

  test('says that the update may be applied if that is true of any attempt', async () => {
    const { outcome } = await runSteps([busy, lost, unreachable, invalid]);
    expect(outcome).toMatchObject({ kind: 'invalid-values', facts: { status: 422, mayBeApplied: true } });
  });
});

describe('against 10 requests per 2 seconds', () => {
  const LIMIT = 10;
  const PERIOD = 2 * SECOND;

  test.each([10, 40, 80])('%i runs that start together all succeed within 300 s', async (count) => {
    const requests = new Map<number, number>();
    const request = async (): Promise<string> => {
      // Requests take a while to arrive.
      await wait(20 + 80 * Math.random());
      const period = Math.floor(Date.now() / PERIOD);
      const number = (requests.get(period) ?? 0) + 1;
      requests.set(period, number);
      if (number <= LIMIT) return 'done';
      throw limited(Math.ceil(((period + 1) * PERIOD - Date.now()) / SECOND) * SECOND);
    };
    const options = { deadline: 300 * SECOND, interruption: NEVER, onRetry: () => {} };
    const runs = Promise.allSettled(Array.from({ length: count }, () => withRetries(request, options)));
    await vi.runAllTimersAsync();
    expect((await runs).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(Math.max(...requests.values())).toBeGreaterThanOrEqual(LIMIT);
  });
});
