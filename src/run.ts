import { lookAround, previewUpdate, updateAccount } from './datadog/opsgenie-accounts.ts';
import { systemClock, withRetries } from './datadog/retry.ts';
import { Failure } from './failure.ts';
import { maskSecrets, readInputs } from './inputs.ts';
import { loadOrigin, type Origin } from './origin.ts';
import { createReport, type Report, reportFault } from './report.ts';
import { createCleaner } from './untrusted.ts';

type LoadOrigin = () => Promise<Origin | undefined>;

/** Updates the account that the inputs name, and ends the process: with 0 only if Datadog confirmed the update. */
export async function run(): Promise<void> {
  process.exitCode = 1;
  await updateAndReport().catch(reportFault);
  // The callback runs when all output before has been taken; process.exit alone would drop what a pipe has not.
  process.stdout.write('', end);
}

async function updateAndReport(): Promise<void> {
  const start = systemClock.now();
  const interruption = nextInterruption();
  const secrets = maskSecrets();
  const report = createReport(createCleaner(secrets.map(({ value }) => value)));

  let loading: ReturnType<LoadOrigin> | undefined;
  const origin: LoadOrigin = () => {
    loading ??= loadOrigin(secrets, report.warning);
    return loading;
  };

  try {
    await update(start, interruption, report, origin);
    process.exitCode = 0;
  } catch (error) {
    report.failed(Failure.from(error), await origin());
  }
}

/** Ends the process, even where a connection that a proxy or server keeps open would hold it up. */
function end(): void {
  // To exit waits for a name that is being looked up, which no one can cancel: for a resolver that does not answer,
  // many seconds. Any code but 0 is a failure to the runner, and this signal is one, without an annotation of its own
  // (https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/NodeScriptActionHandler.cs).
  const lookingUp = process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap');
  /* v8 ignore next -- @preserve: where this is measured, it would end the process of the tests */
  if (process.exitCode !== 0 && lookingUp) process.kill(process.pid, 'SIGKILL');
  process.exit();
}

/**
 * @param start time of the system clock, from which `timeout` counts
 * @param interruption ends the update when it rejects
 */
async function update(start: number, interruption: Promise<never>, report: Report, origin: LoadOrigin): Promise<void> {
  const inputs = readInputs();
  const operation = inputs.dryRun ? previewUpdate : updateAccount;
  const deadline = start + inputs.timeout * 1000;
  const updating = withRetries((timeLimit) => operation(inputs, timeLimit, report.debug), {
    deadline,
    clock: systemClock,
    interruption,
    onRetry: report.retrying,
  });
  // Both while the request is under way.
  report.started(inputs);
  const startedBy = origin();
  const { value: account, attempts } = await updating.catch(async (error) => {
    const failure = Failure.from(error);
    // A dry run has looked around already.
    if (failure.kind !== 'not-found' || inputs.dryRun) throw failure;
    // The 404 is what happened, whatever becomes of this.
    const looking = lookAround(inputs, deadline - systemClock.now(), report.debug);
    throw failure.with({ known: await Promise.race([looking, interruption.catch(() => [])]) });
  });
  report.succeeded(account, attempts, inputs, await startedBy);
}

/**
 * Rejects when the run is cancelled, or when an error escapes: Node would print that with all its properties, request
 * headers among them.
 */
function nextInterruption(): Promise<never> {
  return new Promise((_, reject) => {
    // Always, not once: a fault can bring another, and the first is told.
    process.on('uncaughtException', reject);
    const cancel = (): void => reject(new Failure('cancelled', 'The run was cancelled.', { mayBeApplied: true }));
    // The runner sends the first, and seconds later the second; a machine that shuts down only that.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, cancel);
  });
}
