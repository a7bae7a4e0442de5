import { expect } from 'vitest';
import type { StepResult } from '../../simulation/runner.ts';
import type { ReceivedRequest } from '../../simulation/scripts.ts';
import { FAILURE_TITLES, type FailureKind } from '../../src/failure.ts';
import { DRY_RUN, MAY_BE_APPLIED, NOT_APPLIED } from '../../src/github/outcome.ts';

/** The action promises to end within `timeout` plus two seconds. The rest is for a slow and busy machine. */
const SLACK = 15_000;

/**
 * Checks that a step failed with one annotation of this kind, and that the job summary and the outputs agree with it.
 *
 * @param status the expected output `status_code`
 */
export function expectFailure(result: StepResult, kind: FailureKind, status = ''): void {
  const title = FAILURE_TITLES[kind];
  expect(result.exitCode).toBe(1);
  expect(result.errors).toEqual([{ level: 'error', title, message: expect.stringMatching(/\nWhat to do: .+/) }]);
  expect(result.errors[0]?.message.length).toBeLessThanOrEqual(4096);
  expect(result.summary).toContain(title);
  expect(result.summary).toContain('What to do:');
  expect(result.outputs).toEqual({
    updated: saysMayBeApplied(result) ? 'unknown' : 'false',
    failure: kind,
    status_code: status,
    attempts: expect.stringMatching(/^\d+$/),
    errors: expect.stringMatching(/^\[.*\]$/),
  });
  // A stack trace, over several lines or on one.
  expect(result.raw).not.toMatch(/\bat (?:\S+ )*\S+:\d+:\d+/);
}

/** Whether the annotation says that the update may have been applied. Checks that it says exactly one thing about it. */
export function saysMayBeApplied({ errors }: StepResult): boolean {
  const message = errors[0]?.message ?? '';
  const outcomes = [MAY_BE_APPLIED, NOT_APPLIED, DRY_RUN].filter((text) => message.includes(text));
  expect(outcomes).toHaveLength(1);
  return outcomes[0] === MAY_BE_APPLIED;
}

/** Checks that a run ended when its `timeout`, in seconds, was up. The alternative is a run that hangs. */
export function expectInTime({ duration }: StepResult, timeout: number): void {
  expect(duration).toBeLessThan(timeout * 1000 + SLACK);
}

/** Milliseconds between the first two requests. */
export function gap([first, second]: readonly ReceivedRequest[]): number {
  return (second?.at ?? Number.NaN) - (first?.at ?? Number.NaN);
}

/** Everything that a step printed or wrote, except for the `add-mask` commands: only they may contain a key. */
export function printed({ raw }: StepResult): string {
  return raw.replaceAll(/^::add-mask::.*$/gm, '');
}
