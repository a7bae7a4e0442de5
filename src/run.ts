import { type Account, previewUpdate, updateAccount } from './datadog/opsgenie-accounts.ts';
import { Failure } from './failure.ts';
import { type Inputs, maskSecrets, readInputs, readSubject } from './inputs.ts';
import { verifyKey } from './opsgenie/verify-key.ts';
import { loadOrigin } from './origin.ts';
import { createReport, type Report, reportInternalError } from './report.ts';
import type { Result } from './retry.ts';
import { createSanitizer } from './sanitize.ts';

/** Runs the action and ends the process, with 0 only if every requested check succeeded. */
export async function run(): Promise<void> {
  process.exitCode = 1; // The run fails unless everything below succeeds.
  await updateAndReport().catch(reportInternalError);
  // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
  process.stdout.write('', () => process.exit());
}

async function updateAndReport(): Promise<void> {
  const interruption = nextInterruption();
  const secrets = maskSecrets(); // Before anything is printed.
  const report = createReport(createSanitizer(secrets.map(({ value }) => value)), readSubject());
  const origin = loadOrigin(secrets, report.warning); // Never rejects.
  try {
    const inputs = readInputs();
    report.started(inputs);
    const result = await carryOut(inputs, interruption, report);
    report.succeeded(result, inputs, await origin);
    process.exitCode = 0;
  } catch (error) {
    report.failed(Failure.from(error), await origin);
  }
}

/** @throws Failure unless Datadog, and Opsgenie if it was asked, confirmed everything */
async function carryOut(inputs: Inputs, interruption: Promise<never>, report: Report): Promise<Result<Account>> {
  const context = {
    deadline: inputs.timeout * 1000, // Since the process started.
    interruption,
    onRetry: report.retrying,
    trace: report.debug,
  };
  if (inputs.verifyKey !== undefined) report.keyAccepted(await verifyKey(inputs.verifyKey, context));
  return inputs.dryRun ? previewUpdate(inputs, context) : updateAccount(inputs, context);
}

/**
 * Rejects when the run is cancelled, or when an error escapes: Node would print the error with all its properties,
 * which can include request headers.
 */
function nextInterruption(): Promise<never> {
  return new Promise((_, reject) => {
    // Not `once`: an error can trigger another one, which would then be printed.
    process.on('uncaughtException', reject);
    const cancel = (): void => reject(new Failure('cancelled', 'The run was cancelled.', { mayBeApplied: true }));
    // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, cancel);
  });
}
