import { type Account, findAccount, updateAccount } from './datadog/accounts.ts';
import { Failure } from './failure.ts';
import { describeFailure, describeStart, describeSuccess, describeVerification } from './github/outcome.ts';
import { createReport, reportInternalError } from './github/report.ts';
import { createSanitizer, mask } from './github/secrets.ts';
import { loadTrigger } from './github/trigger.ts';
import { prepareProcess } from './http/process.ts';
import { type CallContext, createRecord } from './http/retry.ts';
import { checkedInputs, readInputs } from './inputs.ts';
import { verifyKey } from './opsgenie/verify-key.ts';
import { CANCELLED_REMEDY } from './remedies.ts';

process.exitCode = 1; // The step fails unless everything below succeeds.
run()
  .catch(reportInternalError)
  // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
  .finally(() => process.stdout.write('', () => process.exit()));

/** The whole run, in order. Sets exit code 0 only if every requested check succeeded. */
async function run(): Promise<void> {
  const signal = interruptionSignal();
  const given = readInputs(process.env);
  mask(given.secrets); // Before anything is printed.
  const sanitize = createSanitizer(given.secrets.map(({ value }) => value));
  const report = createReport(sanitize);
  const trigger = loadTrigger(given.secrets, report.warning); // Never rejects.
  const [record, verification] = [createRecord(), createRecord()];
  const context: Omit<CallContext, 'deadline'> = { signal, onRetry: report.retrying, trace: report.debug };
  let verifiedBy: string | undefined;
  const ended = async () => ({ subject: given.subject, record, verification, verifiedBy, trigger: await trigger });
  prepareProcess();
  try {
    const inputs = checkedInputs(given);
    const { change, dryRun } = inputs;
    const call = { ...context, deadline: inputs.timeout * 1000 }; // Since the process started.
    for (const text of inputs.warnings) report.warning(text);
    report.info(describeStart(given.subject, change));
    if (inputs.verifyKey !== undefined) {
      verifiedBy = await verifyKey(inputs.verifyKey, call, verification);
      report.info(describeVerification(verifiedBy));
    }
    const account: Account = await (dryRun ? findAccount : updateAccount)(inputs, call, record);
    report.write(describeSuccess(account, change, await ended(), sanitize));
    process.exitCode = 0;
  } catch (error) {
    report.write(describeFailure(Failure.from(error), await ended(), sanitize));
  }
}

/**
 * Aborts when the run is cancelled, or when an error escapes: Node would print the error with all its properties, which can
 * include request headers.
 */
function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  // Not `once`: an error can trigger another one, which would then be printed.
  process.on('uncaughtException', (error) => controller.abort(error));
  const cancelled = new Failure('cancelled', 'The run was cancelled.', {
    remedy: CANCELLED_REMEDY,
    mayBeApplied: true,
  });
  // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => controller.abort(cancelled));
  return controller.signal;
}
