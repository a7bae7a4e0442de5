import { type Account, describeAccounts, findAccount, updateAccount } from './datadog/accounts.ts';
import { Failure } from './failure.ts';
import { warnAboutExposedKeys } from './github/exposed-keys.ts';
import {
  describeFailure,
  describeStart,
  describeSuccess,
  describeVerification,
  type Outcome,
} from './github/outcome.ts';
import { createReport, type Report, reportInternalError } from './github/report.ts';
import { createSanitizer, mask } from './github/secrets.ts';
import { proxySecrets } from './http/proxy.ts';
import type { CallContext } from './http/retry.ts';
import { prepareProcess } from './http/settings.ts';
import { type Inputs, type ReadInputs, readInputs } from './inputs.ts';
import { verifyKey } from './opsgenie/verify-key.ts';

process.exitCode = 1; // The step fails unless everything below succeeds.
run()
  .catch(reportInternalError)
  // Exit even if a proxy or server keeps a connection open, but only after a slow reader has taken all output.
  .finally(() => process.stdout.write('', () => process.exit()));

/** Runs the whole action. Sets exit code 0 only if every requested check succeeded. */
async function run(): Promise<void> {
  const signal = interruptionSignal();
  const step = readInputs(process.env);
  const secrets = [...step.keys.map(({ text }) => text), ...proxySecrets(process.env)];
  mask(secrets); // Before anything is printed.
  const report = createReport(createSanitizer(secrets));
  const exposureCheck = warnAboutExposedKeys(step.keys, report.warning); // Never rejects.
  const outcome = await execute(step, report, {
    deadline: step.timeout * 1000, // Since the process started.
    signal,
    userAgent: 'datadog-opsgenie-account',
    onRetry: report.retrying,
    trace: report.debug,
  });
  await exposureCheck;
  report.write(outcome);
  if (outcome.title === undefined) process.exitCode = 0;
}

/** Does what the step requests and describes the outcome. */
async function execute(step: ReadInputs, report: Report, context: CallContext): Promise<Outcome> {
  let inputs: Inputs;
  let account: Account;
  let verifiedBy: string | undefined;
  try {
    checkRuntime();
    prepareProcess();
    inputs = await requireValidInputs(step, context);
    report.info(describeStart(inputs));
    if (inputs.keyToVerify !== undefined) {
      verifiedBy = await verifyKey(inputs.keyToVerify, context);
      report.info(describeVerification(verifiedBy));
    }
    account = await (inputs.dryRun ? findAccount : updateAccount)(inputs, context);
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.kind === 'internal') report.diagnose(failure);
    return describeFailure(failure, step.subject, verifiedBy);
  }
  return describeSuccess(account, inputs, verifiedBy);
}

/** Rejects old Node versions, because some runners ignore the version in action.yml. */
function checkRuntime(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= 24) return;
  throw new Failure('runtime', `This action needs Node 24, but the runner started Node ${node}.`);
}

/** @throws Failure if the inputs are invalid. If `account_id` is empty, the failure lists the accounts. */
async function requireValidInputs({ checked, lookup }: ReadInputs, context: CallContext): Promise<Inputs> {
  if (!(checked instanceof Failure)) return checked;
  if (lookup === undefined) throw checked;
  const details = await describeAccounts(lookup, context);
  context.signal.throwIfAborted();
  throw checked.with({ details });
}

/** Returns a signal that aborts on cancellation or an uncaught error, which Node would print with a request's headers. */
function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  // Not `once`: an error can trigger a second error, which Node would print.
  process.on('uncaughtException', (error) => controller.abort(Failure.from(error)));
  const cancelled = new Failure('cancelled', 'The run was cancelled.');
  // On cancellation, the runner sends SIGINT and, seconds later, SIGTERM. A shutdown sends only SIGTERM.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => controller.abort(cancelled));
  return controller.signal;
}
