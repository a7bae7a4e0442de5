import { describe, expect, test } from 'vitest';
import { type Clock, type Retry, ratePeriod, serverWait, withRetries } from '../../src/datadog/retry.ts';
import { Failure } from '../../src/failure.ts';

/** A clock that stands still but for sleep, and draws the same number always. */
class TurnedClock implements Clock {
  time = 0;
  readonly #drawn: number;

  constructor(drawn: number) {
    this.#drawn = drawn;
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return this.#drawn;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.time += milliseconds;
  }
}

interface Played {
  /** The value and number of attempts, or the failure. */
  readonly outcome: { readonly value: string; readonly attempts: number } | Failure;
  readonly waits: readonly number[];
  readonly limits: readonly number[];
  readonly retries: readonly Retry[];
}

const MINUTE = 60_000;

const NEVER = new Promise<never>(() => {});

/**
 * Plays an operation: each step is a failure or the value, the last one over and over.
 *
 * @param took milliseconds of each attempt
 */
async function play(
  steps: (Failure | string)[],
  { deadline = 5 * MINUTE, drawn = 0.5, took = 0 } = {},
): Promise<Played> {
  const clock = new TurnedClock(drawn);
  const retries: Retry[] = [];
  const limits: number[] = [];
  const outcome = await withRetries(
    async (timeLimit) => {
      limits.push(timeLimit);
      clock.time += took;
      const step = (steps.length > 1 ? steps.shift() : steps[0]) ?? '';
      if (step instanceof Failure) throw step;
      return step;
    },
    { deadline, clock, interruption: NEVER, onRetry: (retry) => retries.push(retry) },
  ).catch(Failure.from);
  return { outcome, waits: retries.map(({ wait }) => wait), limits, retries };
}

const lost = new Failure('answer-cut-off', 'lost', { mayBeApplied: true });
const busy = new Failure('unavailable', 'busy', { status: 502 });
const forbidden = new Failure('forbidden', 'forbidden', { status: 403 });
const unauthorized = new Failure('unauthorized', 'unauthorized', { status: 401 });
const invalid = new Failure('invalid-values', 'invalid', { status: 422 });
const limited = (serverWait?: number, ratePeriod?: number): Failure =>
  new Failure('rate-limited', 'limited', { status: 429, serverWait, ratePeriod });

describe('withRetries', () => {
  test('takes one attempt where it works', async () => {
    const { outcome, limits } = await play(['done']);
    expect(outcome).toEqual({ value: 'done', attempts: 1 });
    expect(limits).toHaveLength(1);
  });

  test('tries again after what may pass', async () => {
    const { outcome, retries } = await play([busy, lost, 'done']);
    expect(outcome).toEqual({ value: 'done', attempts: 3 });
    expect(retries.map(({ failure, attempt }) => [failure, attempt])).toEqual([
      [busy, 2],
      [lost, 3],
    ]);
  });

  test('stops at once at what trying again cannot help', async () => {
    const { outcome, retries } = await play([invalid]);
    expect(outcome).toMatchObject({
      kind: 'invalid-values',
      message: 'invalid',
      attempts: 1,
      status: 422,
      gaveUp: undefined,
    });
    expect(retries).toEqual([]);
  });

  test.each([[forbidden], [unauthorized]])(
    'tries refused keys once more, a few seconds later: $kind',
    async (refused) => {
      const { outcome, waits } = await play([refused]);
      expect(outcome).toMatchObject({ kind: refused.kind, attempts: 2, gaveUp: undefined });
      expect(waits[0]).toBeGreaterThanOrEqual(2_000);
      expect(waits[0]).toBeLessThanOrEqual(10_000);
    },
  );

  test('tries refused keys only once more, whatever comes between', async () => {
    const { outcome } = await play([forbidden, busy, unauthorized, 'done']);
    expect(outcome).toMatchObject({ kind: 'unauthorized', attempts: 3 });
  });

  test('tries refused keys once more also after another failure', async () => {
    const { outcome } = await play([busy, forbidden, 'done']);
    expect(outcome).toEqual({ value: 'done', attempts: 3 });
  });

  test('doubles the ceiling of the backoff up to half a minute', async () => {
    const { waits } = await play([busy], { drawn: 0.999_999, deadline: 60 * MINUTE });
    const rounded = waits.map((wait) => Math.round(wait));
    expect(rounded.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(Math.max(...rounded)).toBe(30_000);
  });

  test('draws from the whole range below the ceiling (full jitter)', async () => {
    expect((await play([busy, 'done'], { drawn: 0 })).waits).toEqual([0]);
    expect((await play([busy, busy, 'done'], { drawn: 0.5 })).waits).toEqual([250, 500]);
  });

  test('waits at least as long as the server asks, and a little longer', async () => {
    const { waits } = await play([limited(7_000), 'done'], { drawn: 0.5 });
    expect(waits).toEqual([7_250]);
  });

  test('backs off also from a server that asks for no wait at all', async () => {
    const { outcome } = await play([limited(0)], { drawn: 0.5 });
    expect(outcome.attempts).toBeLessThan(50);
  });

  test.each([
    ['four periods', 1_000, [4_000, 8_000, 16_000, 30_000, 30_000]],
    ['at first no more than eight seconds', 60_000, [8_000, 16_000, 30_000, 30_000]],
    ['no less than the backoff', 0, [500, 1_000, 2_000, 4_000]],
  ])('spreads the attempts after a refusal over the periods of the rate limit: %s', async (_, period, ceilings) => {
    const { waits } = await play([limited(2_000, period)], { drawn: 0.999_999 });
    expect(waits.slice(0, ceilings.length).map(Math.round)).toEqual(ceilings.map((ceiling) => 2_000 + ceiling));
  });

  test('never spreads them beyond the deadline', async () => {
    const { outcome, waits } = await play([limited(2_000, 60_000), 'done'], { drawn: 0.999_999, deadline: 14_000 });
    expect(outcome).toMatchObject({ value: 'done' });
    expect(Math.round(waits[0] ?? 0)).toBe(9_000);
  });

  test('fails at once if the server asks for more than there is time', async () => {
    const { outcome, retries } = await play([limited(6 * MINUTE)]);
    expect(outcome).toMatchObject({ kind: 'rate-limited', attempts: 1 });
    expect(outcome).toHaveProperty('gaveUp', expect.stringMatching(/asks .*360 s.*leaves 300 s/));
    expect(retries).toEqual([]);
  });

  test.each([[busy], [limited(1_000, 1_000)]])(
    'never gives up for a wait that chance made long: $kind',
    async (failure) => {
      for (const drawn of [0.01, 0.999_999]) {
        const { outcome, waits } = await play([failure], { drawn, deadline: 100_000, took: 20 });
        const waited = waits.reduce((sum, wait) => sum + wait + 20, 0);
        expect(100_000 - waited).toBeLessThan(7_000);
        expect(outcome).toHaveProperty('gaveUp', expect.stringContaining('`timeout` leaves'));
      }
    },
  );

  test.each([[busy], [limited(2_000, 2_000)]])(
    'makes another attempt if its wait leaves a second, whatever chance draws: $kind',
    async (failure) => {
      for (let left = 1_000; left < 20_000; left += 500) {
        const deadline = (failure.serverWait ?? 0) + left;
        const { outcome } = await play([failure, 'done'], { drawn: 0.999_999, deadline });
        expect(outcome).toEqual({ value: 'done', attempts: 2 });
      }
    },
  );

  test('is over at once when it is interrupted, during an attempt or a wait, and knows what came before', async () => {
    for (const during of ['attempt', 'wait']) {
      const { promise: interruption, reject: interrupt } = Promise.withResolvers<never>();
      const cancel = (): void => interrupt(new Failure('cancelled', 'cancelled', { mayBeApplied: true }));
      let calls = 0;
      const operation = (): Promise<never> => {
        calls += 1;
        if (calls < 3) return Promise.reject(busy);
        cancel();
        return NEVER;
      };
      const clock = new TurnedClock(0.5);
      const onRetry = ({ attempt }: Retry): void => {
        if (during !== 'wait' || attempt < 3) return;
        clock.sleep = () => NEVER;
        cancel();
      };
      const failure = await withRetries(operation, { deadline: MINUTE, clock, interruption, onRetry }).catch(
        Failure.from,
      );
      expect(failure).toMatchObject({
        kind: 'cancelled',
        status: 502,
        attempts: during === 'wait' ? 2 : 3,
        mayBeApplied: during === 'attempt',
        gaveUp: undefined,
      });
    }
  });

  test('fails at once if the wait would end just at the deadline', async () => {
    const { retries } = await play([limited(5 * MINUTE)], { drawn: 0 });
    expect(retries).toEqual([]);
  });

  test('does not say that the server asks for too long where only chance does', async () => {
    const { outcome } = await play([limited(1_000)], { drawn: 0.999_999, deadline: 1_400 });
    expect(outcome).toHaveProperty('gaveUp', expect.stringMatching(/^(?!.*asks).*leaves 1.4 s/));
  });

  test('says that no time is left, never less', async () => {
    const { outcome } = await play([busy], { took: 3_000, deadline: 2_000 });
    expect(outcome).toHaveProperty('gaveUp', expect.stringMatching(/^(?!.*asks).*leaves 0 s/));
  });

  test('never waits past the deadline', async () => {
    for (const drawn of [0, 0.3, 0.999_999]) {
      const { outcome, waits } = await play([busy], { drawn, deadline: 20_000, took: 100 });
      expect(waits.reduce((sum, wait) => sum + wait + 100, 100)).toBeLessThanOrEqual(20_100);
      expect(outcome).toHaveProperty('gaveUp', expect.stringContaining('timeout'));
    }
  });

  test('gives no attempt more than a minute, nor more than is left', async () => {
    const { limits } = await play([busy, 'done'], { deadline: 90_000, took: 50_000, drawn: 0 });
    expect(limits).toEqual([60_000, 40_000]);
  });

  test('tells what went wrong before, if the deadline cuts an attempt short', async () => {
    const slow = new Failure('no-answer', 'no answer', { mayBeApplied: true });
    const { outcome } = await play([busy, slow], { took: 1_000, deadline: 2_450, drawn: 0.9 });
    expect(outcome).toMatchObject({ kind: 'unavailable', attempts: 2, status: 502, mayBeApplied: true });
    expect(outcome).toHaveProperty('gaveUp', expect.stringContaining('timeout'));
    const { outcome: only } = await play([slow], { took: 3_000, deadline: 2_500 });
    expect(only).toMatchObject({ kind: 'no-answer', attempts: 1 });
    const { outcome: other } = await play([busy, lost], { took: 1_000, deadline: 2_400, drawn: 0.9 });
    expect(other).toMatchObject({ kind: 'answer-cut-off', attempts: 2 });
    // A timer that fires a little before the deadline.
    for (const drawn of [0.9, 0]) {
      const { outcome: early } = await play([busy, slow], { took: 1_000, deadline: 2_001 + 500 * drawn, drawn });
      expect(early).toMatchObject({ kind: 'unavailable', attempts: 2 });
      const { outcome: onlyEarly } = await play([slow], { took: 2_000, deadline: 2_001, drawn });
      expect(onlyEarly).toMatchObject({ kind: 'no-answer', attempts: 1 });
    }
  });

  test('tries again after no answer within a minute', async () => {
    const slow = new Failure('no-answer', 'no answer', { mayBeApplied: true });
    const { outcome } = await play([slow, 'done'], { took: MINUTE });
    expect(outcome).toEqual({ value: 'done', attempts: 2 });
  });

  test('remembers the last status and that an attempt may have been carried out', async () => {
    const unreachable = new Failure('unreachable', 'no route');
    const { outcome } = await play([busy, lost, unreachable, invalid]);
    expect(outcome).toMatchObject({ kind: 'invalid-values', status: 422, mayBeApplied: true });
    const { outcome: other } = await play([busy, unreachable, new Failure('certificate', 'expired')]);
    expect(other).toMatchObject({ status: 502, mayBeApplied: false });
  });

  test('turns a fault of its own into a failure', async () => {
    const fault = new TypeError('x is not a function');
    const options = { deadline: MINUTE, clock: new TurnedClock(0), interruption: NEVER, onRetry: () => {} };
    await expect(withRetries(() => Promise.reject(fault), options)).rejects.toMatchObject({
      kind: 'internal',
      attempts: 1,
      cause: fault,
    });
  });
});

describe('serverWait', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);
  const unix = now / 1000;

  test.each<[string, Record<string, string>, number | undefined]>([
    ['nothing', {}, undefined],
    ['X-RateLimit-Reset in seconds', { 'x-ratelimit-reset': '7' }, 7_000],
    ['X-RateLimit-Reset with a fraction', { 'x-ratelimit-reset': '1.5' }, 1_500],
    ['two decimals', { 'retry-after': '1.25' }, 1_250],
    ['the first number that is a Unix time', { 'retry-after': '1000000000' }, 0],
    ['X-RateLimit-Reset as a Unix time', { 'x-ratelimit-reset': `${unix + 9}` }, 9_000],
    ['a Unix time that has passed', { 'x-ratelimit-reset': `${unix - 9}` }, 0],
    ['Retry-After in seconds', { 'retry-after': '120' }, 120_000],
    ['Retry-After as a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    ['Retry-After as an obsolete date', { 'retry-after': 'Sunday, 22-Nov-26 12:00:30 GMT' }, 30_000],
    ['a date that has passed', { 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    ['zero', { 'retry-after': '0' }, 0],
    ['white space', { 'retry-after': ' 5 ' }, 5_000],
    ['both: the longer', { 'x-ratelimit-reset': '3', 'retry-after': '8' }, 8_000],
    ['both: the longer', { 'x-ratelimit-reset': '8', 'retry-after': '3' }, 8_000],
    ['one of them nonsense', { 'x-ratelimit-reset': 'soon', 'retry-after': '3' }, 3_000],
  ])('%s', (_, headers, wait) => {
    expect(serverWait(headers, now)).toBe(wait);
  });

  test.each([
    '',
    'soon',
    '-5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '5 s',
    '5, 5',
    '2026',
    '2026-11-22',
    `${unix * 1000}`,
    '9'.repeat(400),
    'Tue, GMT',
    'on Sun, 22 Nov 2026 12:00:30 GMT',
    'Sun, 22 Nov 2026 12:00:30 GMT+0100',
  ])('"%s" is no wait', (value) => {
    expect(serverWait({ 'retry-after': value }, now)).toBe(value === '2026' ? 2_026_000 : undefined);
  });
});

describe('ratePeriod', () => {
  test.each([
    ['10', 10_000],
    ['0', 0],
    [undefined, undefined],
    ['', undefined],
    ['-1', undefined],
    ['10 s', undefined],
    ['soon', undefined],
  ])('X-RateLimit-Period: %s', (period, milliseconds) => {
    expect(ratePeriod({ 'x-ratelimit-period': period })).toBe(milliseconds);
  });
});

/** Runs that share one virtual time: whoever sleeps is woken when nobody would wake before. */
class SharedTime {
  now = 0;
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.now + milliseconds, wake });
    });
  }

  async pass(): Promise<void> {
    for (;;) {
      // Lets everything run that needs no time.
      await new Promise(setImmediate);
      const [next] = this.#sleepers.sort((a, b) => a.at - b.at).splice(0, 1);
      if (next === undefined) return;
      this.now = next.at;
      next.wake();
    }
  }
}

test('forty runs at once against ten requests in two seconds all succeed, and few are refused twice', async () => {
  const time = new SharedTime();
  const taken = new Map<number, number>();
  let refused = 0;
  const request = async (): Promise<string> => {
    // Each connection takes its time, so that they do not arrive in one instant.
    await time.sleep(Math.random() * 100);
    const period = Math.floor(time.now / 2_000);
    const count = (taken.get(period) ?? 0) + 1;
    taken.set(period, count);
    if (count <= 10) return 'done';
    refused += 1;
    throw limited(Math.ceil(((period + 1) * 2_000 - time.now) / 1_000) * 1_000, 2_000);
  };
  const clock: Clock = { now: () => time.now, sleep: (wait) => time.sleep(wait), random: Math.random };
  const runs = Array.from({ length: 40 }, () =>
    withRetries(request, { deadline: 5 * MINUTE, clock, interruption: NEVER, onRetry: () => {} }),
  );
  await time.pass();
  expect(await Promise.all(runs)).toHaveLength(40);
  // 30 cannot be avoided; all waking together would make it 60.
  expect(refused).toBeLessThan(45);
});
