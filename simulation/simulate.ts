// Starts the simulated server for trying the action manually or in a workflow.
//
//   npm run simulate                    prints how to run the action against it and runs until you press Ctrl+C
//   npm run simulate -- --background    prints a step's variables as `name=value` lines and leaves the server running
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inputVariables, MAIN } from './runner.ts';
import { ACCOUNT, KEYS, STEP, startDatadog, UNKNOWN_ACCOUNT } from './scenario.ts';
import type { SimulatedServer } from './server.ts';

if (process.argv.includes('--background')) {
  const child = fork(import.meta.filename, { detached: true, stdio: 'ignore' });
  // If the server fails to start, it never sends the variables.
  child.once('exit', (code) => process.exit(code ?? 1));
  const [variables] = await once(child, 'message');
  process.stdout.write(String(variables));
  child.disconnect();
  child.unref();
} else {
  const datadog = await startDatadog();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => datadog[Symbol.asyncDispose]());
  if (process.send === undefined) {
    console.log(describe(datadog));
  } else {
    const secrets = { OPSGENIE_API_KEY: KEYS.opsgenie, DD_API_KEY: KEYS.datadogApi, DD_APP_KEY: KEYS.datadogApp };
    const variables = Object.entries({ ...datadog.environment, ACCOUNT_ID: ACCOUNT, ...secrets });
    process.send(variables.map(([name, value]) => `${name}=${value}\n`).join(''));
  }
}

/** Describes how to run the action against the server and which values the server accepts. */
function describe({ environment }: SimulatedServer): string {
  const variables = Object.entries({ ...environment, GITHUB_STEP_SUMMARY: '/dev/stdout', ...inputVariables(STEP) });
  return `A simulated Datadog and a simulated Opsgenie are running. Press Ctrl+C to stop them and undo changes.

To run the action against them, copy these lines into a second terminal (bash or zsh):

action() { env -i \\
${variables.map(([name, value]) => `  ${name}='${value}' \\\n`).join('')}  "$@" '${process.execPath}' '${MAIN}'; }
action

The action prints what a runner reads. To change inputs, add them to the command:

  ✅ Dry run          action INPUT_DRY_RUN=true
  ✅ Rotation         action INPUT_VERIFY_KEY=true
  ❌ Misspelling      action INPUT_DRY-RUN=true
  ❌ Wrong site       action INPUT_SITE=US3
  ❌ Wrong region     action INPUT_VERIFY_KEY=true INPUT_REGION=us
  ❌ Wrong key        action INPUT_VERIFY_KEY=true INPUT_API_KEY=${KEYS.opsgenieDisabled}
  ❌ Read-only token  action INPUT_DD_ACCESS_TOKEN=${KEYS.readOnlyToken} \\
                             INPUT_DD_API_KEY= INPUT_DD_APP_KEY=

The simulation knows these made-up values. Datadog refuses any other key or token (forbidden).

INPUT_SITE
  US1  the organization's site; its credentials are refused on every other site (forbidden, 403)
INPUT_ACCOUNT_ID
  ${ACCOUNT}  the organization's only account
  ${UNKNOWN_ACCOUNT}  unknown (not-found, 404)
  (empty)                               the step fails and lists the accounts
INPUT_API_KEY: Datadog stores any key. With INPUT_VERIFY_KEY=true, Opsgenie checks the key first.
  ${KEYS.opsgenie}  valid in region eu, unknown in region us (key-rejected, 401)
  ${KEYS.opsgenieUs}  valid in region us, unknown in region eu (key-rejected, 401)
  ${KEYS.opsgenieDisabled}  disabled (key-rejected, 401)
  ${KEYS.opsgenieWithoutConfigurationAccess}  no Configuration access (key-rejected, 403)
INPUT_DD_API_KEY
  ${KEYS.datadogApi}  the organization's only API key
INPUT_DD_APP_KEY
  ${KEYS.datadogApp}  both permissions: reads and updates accounts
  ${KEYS.readOnly}  integrations_read only: updates fail (forbidden, 403)
  ${KEYS.writeOnly}  manage_integrations only: dry runs fail (forbidden, 403)
  ${KEYS.withoutPermission}  no permission (forbidden, 403)
INPUT_DD_ACCESS_TOKEN: A token replaces both keys, so add INPUT_DD_API_KEY= INPUT_DD_APP_KEY= too.
  ${KEYS.accessToken}  personal token with both permissions
  ${KEYS.serviceToken}  service account's token with both permissions
  ${KEYS.readOnlyToken}  integrations_read only: updates fail (forbidden, 403)
  ${KEYS.expiredToken}  expired (forbidden, 401)`;
}
