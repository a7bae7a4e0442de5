import { updateAccount } from './datadog/opsgenie-accounts.ts';
import { systemClock, withRetries } from './datadog/retry.ts';
import { Failure } from './failure.ts';
import { givenSubject, maskSecrets, readInputs } from './inputs.ts';
import { loadOrigin } from './origin.ts';
import { createReport, type Failed } from './report.ts';
import { createCleaner } from './untrusted.ts';

/** Updates the account that the inputs name, and ends the process: with 0 only if Datadog confirmed the update. */
export async function run(): Promise<void> {
  process.exitCode = 1;
  const start = systemClock.now();
  const report = createReport(createCleaner(maskSecrets()));

  // Node would print the error with all its properties, request headers among them.
  process.once('uncaughtException', (error) => {
    report.failed(beforeAnyAttempt(error), givenSubject(), undefined).finally(() => process.exit(1));
  });

  try {
    const inputs = readInputs();
    report.started(inputs);
    const update = withRetries((timeLimit) => updateAccount(inputs, timeLimit), {
      deadline: start + inputs.timeout * 1000,
      clock: systemClock,
      onRetry: report.retrying,
    });
    const origin = await loadOrigin(report.warning); // while the request is under way
    const outcome = await update;
    if ('failure' in outcome) {
      await report.failed(outcome, { ...inputs, region: inputs.change.region ?? '' }, origin);
    } else {
      await report.succeeded(outcome, inputs, origin);
      process.exitCode = 0;
    }
  } catch (error) {
    await report.failed(beforeAnyAttempt(error), givenSubject(), await loadOrigin(report.warning));
  }
  // A connection that a proxy or server keeps open must not hold up the job. The callback runs when all output before
  // has been taken; process.exit alone would drop what a pipe has not.
  process.stdout.write('', () => process.exit());
}

function beforeAnyAttempt(error: unknown): Failed {
  const failure = Failure.from(error);
  return { failure, attempts: 0, status: undefined, mayBeApplied: failure.mayBeApplied, gaveUp: undefined };
}
