import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { FAILURE_TITLES, type Failure } from '../failure.ts';
import type { AttemptRecord } from '../http/retry.ts';
import * as remedies from '../remedies.ts';
import { formatSeconds } from '../time.ts';
import { MAY_BE_APPLIED, NOT_APPLIED, type Outcome, type Outputs } from './outcome.ts';
import type { Sanitize } from './secrets.ts';

/** Reports an error in the reporting code itself. The text is fixed, because the error could contain a key. */
export function reportInternalError({ attempts, status, mayBeApplied }: AttemptRecord): void {
  const effect = mayBeApplied ? MAY_BE_APPLIED : NOT_APPLIED;
  core.error(`This action hit an internal error that it cannot describe. ${effect}\nWhat to do: ${remedies.INTERNAL}`, {
    title: FAILURE_TITLES.internal,
  });
  const updated = mayBeApplied ? 'unknown' : 'false';
  writeOutputs({ updated, failure: 'internal', status_code: `${status ?? ''}`, attempts: `${attempts}`, errors: '[]' });
}

/** @returns false if the runner's file cannot be written */
function writeOutputs(outputs: Outputs): boolean {
  try {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Creates what prints and writes everything after masking. All text that is not fixed passes through `sanitize`. */
export function createReport(sanitize: Sanitize) {
  const warning = (text: string): void => core.warning(sanitize(text), { title: 'Opsgenie account in Datadog' });

  return {
    warning,

    info: (text: string): void => core.info(sanitize(text)),

    /** Printed only if the user has enabled debug logging. */
    debug: (text: string): void => core.debug(sanitize(text)),

    /** Prints the stacks of an error of this action and of its causes, if the user has enabled debug logging. */
    diagnose(error: unknown): void {
      if (!core.isDebug() || !(error instanceof Error)) return;
      for (const line of `${error.stack}`.split('\n')) core.debug(sanitize(line));
      this.diagnose(error.cause);
    },

    retrying({ message }: Failure, attempt: number, wait: number): void {
      const sentence = sanitize(message).slice(0, 1_000);
      core.info(`Attempt ${attempt - 1}: ${sentence} Retrying in ${formatSeconds(wait)} (attempt ${attempt}).`);
    },

    /** Prints and writes how the run ended. A failure to write a file does not change the result. */
    write({ log, outputs, summary }: Outcome): void {
      if (typeof log === 'string') core.info(log);
      else core.error(log.message, { title: log.title });
      if (!writeOutputs(outputs)) warning("This step's outputs could not be written.");
      try {
        // Without the toolkit's summary, which would load node:fs/promises.
        appendFileSync(process.env.GITHUB_STEP_SUMMARY ?? '', summary);
      } catch {
        warning('The job summary could not be written.');
      }
    },
  };
}
