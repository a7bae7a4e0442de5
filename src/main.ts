import { describeAccounts, findAccount, listAccounts, updateAccount } from './datadog/accounts.ts';
import { Failure } from './failure.ts';
import { describeFailure, describeStart, describeSuccess, describeVerification, type Run } from './github/outcome.ts';
import { createReport, reportInternalError } from './github/report.ts';
import { createSanitizer, mask } from './github/secrets.ts';
import { loadTrigger } from './github/trigger.ts';
import { prepareProcess } from './http/process.ts';
import { AttemptRecord, type CallContext } from './http/retry.ts';
import { type Inputs, type ReadInputs, readInputs } from './inputs.ts';
import { verifyKey } from './opsgenie/verify-key.ts';
import * as remedies from './remedies.ts';

process.exitCode = 1; // The step fails unless everything below succeeds.
run()
  .catch(() => reportInternalError(new AttemptRecord()))
  // Exit even if a proxy or server keeps a connection open, but not before a slow reader has taken all output.
  .finally(() => process.stdout.write('', () => process.exit()));

/** The whole run, in order. Sets exit code 0 only if every requested check succeeded. */
async function run(): Promise<void> {
  const signal = interruptionSignal();
  const given = readInputs(process.env);
  const { subject, keys, secrets } = given;
  mask(secrets); // Before anything is printed.
  const sanitize = createSanitizer(secrets);
  const report = createReport(sanitize);
  const trigger = loadTrigger(keys, report.warning); // Never rejects.
  const record = new AttemptRecord();
  const verification = new AttemptRecord();
  let verifiedBy: string | undefined;
  const collectRun = async (): Promise<Run> => ({ subject, record, verification, verifiedBy, trigger: await trigger });
  try {
    checkRuntime();
    prepareProcess();
    const deadline = given.timeout * 1000; // Since the process started.
    const call = { deadline, signal, onRetry: report.retrying, trace: report.debug };
    const inputs = await checkedInputs(given, call);
    for (const text of given.warnings) report.warning(text);
    report.info(describeStart(subject, inputs.change));
    if (inputs.verifyKey !== undefined) {
      verifiedBy = await verifyKey(inputs.verifyKey, call, verification);
      report.info(describeVerification(verifiedBy));
    }
    const account = await (subject.dryRun ? findAccount : updateAccount)(inputs, call, record);
    report.write(describeSuccess(account, inputs.change, await collectRun(), sanitize));
    process.exitCode = 0;
  } catch (error) {
    const failure = Failure.from(error);
    try {
      report.write(describeFailure(failure, await collectRun(), sanitize));
    } catch {
      reportInternalError({ ...record, mayBeApplied: record.mayBeApplied && !subject.dryRun });
    }
    if (failure.kind === 'internal') report.diagnose(error);
  }
}

/** Some runners ignore the Node version in action.yml. */
function checkRuntime(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= 24) return;
  const message = `This action needs Node 24, but the runner started Node ${node}.`;
  throw new Failure('runtime', message, { remedy: remedies.RUNTIME });
}

/** @throws Failure if the inputs are invalid. If `account_id` is, it lists the accounts, so that users can find the ID. */
async function checkedInputs({ checked, lookup }: ReadInputs, context: CallContext): Promise<Inputs> {
  if (!(checked instanceof Failure)) return checked;
  if (lookup === undefined) throw checked;
  const listing = await listAccounts(lookup, context);
  context.signal.throwIfAborted();
  const described = describeAccounts(listing, lookup);
  const isOnlyProblem = checked.facts.hints?.length === 1;
  throw checked.with({ ...described, remedy: isOnlyProblem ? described.remedy : checked.facts.remedy });
}

/** Aborts when the run is cancelled, or when an error escapes: Node would print it with the headers of a request. */
function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  // Not `once`: an error can trigger another one, which would then be printed.
  process.on('uncaughtException', (error) => controller.abort(error));
  const cancelled = new Failure('cancelled', 'The run was cancelled.', { remedy: remedies.CANCELLED });
  // On cancel, the runner sends SIGINT and, seconds later, SIGTERM. A machine that shuts down sends only SIGTERM.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => controller.abort(cancelled));
  return controller.signal;
}
