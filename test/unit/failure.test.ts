import { describe, expect, test } from 'vitest';
import { FAILURES, Failure } from '../../src/failure.ts';

describe('Failure.from', () => {
  test('leaves a Failure as it is', () => {
    const failure = new Failure('not-found', 'gone');
    expect(Failure.from(failure)).toBe(failure);
  });

  test.each([
    [new TypeError('x is not a function'), 'TypeError: x is not a function'],
    ['thrown text', 'no error'],
    [undefined, 'no error'],
  ])('tells %s as a fault of this action, after which the update may have been applied', (thrown, part) => {
    const failure = Failure.from(thrown);
    expect(failure).toMatchObject({ kind: 'internal', mayBeApplied: true, cause: thrown });
    expect(failure.message).toContain(part);
    expect(failure.message).not.toContain('thrown text');
  });
});

test('a failure with more facts keeps what it was', () => {
  const cause = new Error('reset');
  const failure = new Failure('unavailable', 'busy', { texts: ['one'], status: 503, serverWait: 5, cause });
  const history = { attempts: 3, status: 502, mayBeApplied: true, gaveUp: 'no time' };
  expect(failure.with(history)).toMatchObject({
    kind: 'unavailable',
    message: 'busy',
    texts: ['one'],
    serverWait: 5,
    cause,
    ...history,
  });
});

test('each kind has a title of its own and a remedy', () => {
  const kinds = Object.values(FAILURES);
  expect(new Set(kinds.map(({ title }) => title)).size).toBe(kinds.length);
  for (const { title, remedy } of kinds) {
    expect(title).toMatch(/^[A-Z][^.\n]+$/);
    expect(remedy).toMatch(/^[^\n]+\.$/);
  }
});
