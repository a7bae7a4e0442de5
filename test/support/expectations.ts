import { expect } from 'vitest';
import type { StepResult } from '../../simulation/runner.ts';
import type { ReceivedRequest } from '../../simulation/scripts.ts';
import { statusPage } from '../../src/datadog/sites.ts';
import { FAILURES, type FailureKind, STATUS_PAGE } from '../../src/failure.ts';
import { MAY_BE_APPLIED, NOT_APPLIED, OTHER_KEYS } from '../../src/github/outcome.ts';

/** The action promises to end within `timeout` plus two seconds. The rest is for a slow and busy machine. */
const SLACK = 15_000;

/**
 * Checks that a step failed with one annotation of this kind. The annotation, the job summary, and the outputs must agree.
 *
 * @param expected the `updated` and `status_code` outputs
 */
export function expectFailure(
  result: StepResult,
  kind: FailureKind,
  { updated = 'false', status = '' }: { updated?: 'false' | 'unknown'; status?: string } = {},
): void {
  const [title, unlinked] = FAILURES[kind];
  const remedy = unlinked.replace(STATUS_PAGE, `(${statusPage('datadoghq.com')})`);
  const [effect, other] = updated === 'false' ? [NOT_APPLIED, MAY_BE_APPLIED] : [MAY_BE_APPLIED, NOT_APPLIED];
  expect(result.exitCode).toBe(1);
  expect(result.errors).toMatchObject([{ title }]);
  const [{ message } = { message: '' }] = result.errors;
  expect(message.endsWith(`\n${effect} ${OTHER_KEYS}\nWhat to do: ${remedy}`), message).toBe(true);
  expect(message).not.toContain(other);
  expect(message.length).toBeLessThanOrEqual(4096);
  for (const text of [`### ❌ ${title}\n`, effect, OTHER_KEYS, `**What to do:** ${remedy}`]) {
    expect(result.summary).toContain(text);
  }
  expect(result.outputs).toEqual({ updated, failure: kind, status_code: status });
  // A stack trace, over several lines or on one.
  expect(result.raw).not.toMatch(/\bat (?:\S+ )*\S+:\d+:\d+/);
}

/** Checks that a run ended when its `timeout`, in seconds, was up. The alternative is a run that hangs. */
export function expectInTime({ duration }: StepResult, timeout: number): void {
  expect(duration).toBeLessThan(timeout * 1000 + SLACK);
}

/** The text of the only error annotation. */
export function errorOf({ errors }: StepResult): string {
  expect(errors).toHaveLength(1);
  return errors[0]?.message ?? '';
}

/** Number of attempts, according to the annotation: it mentions them if there was more than one. */
export function attemptsOf(result: StepResult): number {
  return Number(/(\d+) attempts were made\./.exec(errorOf(result))?.[1] ?? 1);
}

/** Milliseconds between the first two requests. */
export function gap([first, second]: readonly ReceivedRequest[]): number {
  return (second?.at ?? Number.NaN) - (first?.at ?? Number.NaN);
}

/** Everything that a step printed or wrote, except for the `add-mask` commands: only they may contain a key. */
export function printed({ raw }: StepResult): string {
  return raw.replaceAll(/^::add-mask::.*$/gm, '');
}
