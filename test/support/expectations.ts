import { expect } from 'vitest';
import type { StepResult } from '../../simulation/runner.ts';
import { FAILURES, type FailureKind } from '../../src/failure.ts';

/** What every failure must be: red, told in one annotation of this kind, in the summary and in the outputs. */
export function expectFailure(result: StepResult, kind: FailureKind, status = ''): void {
  const { title, remedy } = FAILURES[kind];
  expect(result.exitCode).toBe(1);
  expect(result.errors).toEqual([{ level: 'error', title, message: expect.stringContaining(remedy) }]);
  expect(result.errors[0]?.message.length).toBeLessThanOrEqual(4096);
  expect(result.summary).toContain(title);
  expect(result.summary).toContain(remedy);
  expect(result.outputs.status_code).toBe(status);
  expect(result.outputs).not.toHaveProperty('account_id');
  // A stack trace, on lines of its own or on one.
  expect(result.raw).not.toMatch(/\bat (?:\S+ )*\S+:\d+:\d+/);
}

/** Whether a result says that the update may have been applied, or that nothing was changed. */
export function saysMayBeApplied({ errors }: StepResult): boolean {
  const message = errors[0]?.message ?? '';
  expect(/may have been applied/.test(message)).not.toBe(/Nothing was changed/.test(message));
  return /may have been applied/.test(message);
}

/** Every byte that a step printed or wrote, but the commands that register a mask: only they may hold a key. */
export function printed({ raw }: StepResult): string {
  return raw.replaceAll(/^::add-mask::.*$/gm, '');
}
