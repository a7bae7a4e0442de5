import { describe, expect, test } from 'vitest';
import { FAILURES, Failure, type FailureKind, type RetryPolicy, remedyFor } from '../../src/failure.ts';

const KINDS = Object.keys(FAILURES) as FailureKind[];

describe('Failure', () => {
  test('has the retry policy of its kind', () => {
    expect(new Failure('unavailable', 'busy').retry).toBe('backoff');
    expect(new Failure('forbidden', 'refused').retry).toBe('once');
    expect(new Failure('unreachable', 'no route').retry).toBe('few');
    expect(new Failure('not-found', 'gone').retry).toBe('never');
  });

  test('can have a retry policy of its own', () => {
    expect(new Failure('key-rejected', 'unknown key', { retry: 'once' }).retry).toBe('once');
    expect(new Failure('unavailable', 'busy', { retry: 'never' }).retry).toBe('never');
  });

  test('keeps its facts when more are added', () => {
    const cause = new Error('reset');
    const failure = new Failure('unavailable', 'busy', { texts: ['one'], status: 503, serverWait: 5, cause });
    const more = { attempts: 3, status: 502, mayBeApplied: true, gaveUpReason: 'There is no time left.' };
    expect(failure.with(more)).toMatchObject({
      kind: 'unavailable',
      message: 'busy',
      cause,
      facts: { texts: ['one'], serverWait: 5, cause, ...more },
    });
  });
});

describe('Failure.from', () => {
  test('returns a Failure unchanged', () => {
    const failure = new Failure('not-found', 'gone');
    expect(Failure.from(failure)).toBe(failure);
  });

  test.each([
    [new TypeError('x is not a function'), 'TypeError: x is not a function'],
    ['thrown text', 'not an error'],
    [undefined, 'not an error'],
  ])('turns %s into an internal error after which the update may be applied', (thrown, part) => {
    const failure = Failure.from(thrown);
    expect(failure).toMatchObject({ kind: 'internal', cause: thrown, facts: { mayBeApplied: true } });
    expect(failure.message).toContain(part);
    expect(failure.message).not.toContain('thrown text');
  });
});

describe('FAILURES', () => {
  test('says which failures are retried, and how', () => {
    const kindsWith = (retry: RetryPolicy): FailureKind[] => KINDS.filter((kind) => FAILURES[kind].retry === retry);
    expect(kindsWith('once')).toEqual(['unauthorized', 'forbidden']);
    expect(kindsWith('few')).toEqual(['unreachable', 'proxy-failed']);
    expect(kindsWith('backoff')).toEqual(['rate-limited', 'unavailable', 'answer-cut-off', 'no-answer']);
  });

  test('gives each kind its own title', () => {
    expect(new Set(KINDS.map((kind) => FAILURES[kind].title)).size).toBe(KINDS.length);
  });

  test.each(KINDS)('%s has a short title and a remedy in sentences', (kind) => {
    expect(FAILURES[kind].title).toMatch(/^[A-Z][^.\n]{5,50}$/);
    expect(FAILURES[kind].remedy).toMatch(/^[^\n]+\.$/);
  });

  test('the remedy for missing keys covers other invalid inputs, too', () => {
    expect(FAILURES['keys-missing'].remedy).toMatch(/\binputs?\b/);
  });
});

describe('remedyFor', () => {
  test("names the site's own pages", () => {
    expect(remedyFor('unavailable', 'us3.datadoghq.com')).toContain('(https://status.us3.datadoghq.com)');
    expect(remedyFor('bad-request', 'datadoghq.eu')).toContain('(https://app.datadoghq.eu/integrations/opsgenie)');
  });

  test.each(KINDS)('leaves no placeholder in the remedy for %s', (kind) => {
    expect(remedyFor(kind, 'datadoghq.com')).not.toMatch(/[{}]|undefined/);
  });
});
