// Starts the simulated server, to try the action by hand or in a workflow.
//
//   npm run simulate                    prints how to run the action against it, and runs until you press Ctrl+C
//   npm run simulate -- --background    prints what a step needs as `name=value` lines, and leaves it running
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inputVariables } from './runner.ts';
import { ACCOUNT, KEYS, STEP, startDatadog } from './scenario.ts';

if (process.argv.includes('--background')) {
  const child = spawn(process.execPath, [import.meta.filename], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
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
    const files = { GITHUB_STEP_SUMMARY: '/dev/stdout' };
    const variables = Object.entries({ ...datadog.environment, ...files, ...inputVariables(STEP) });
    console.log('A simulated Datadog and a simulated Opsgenie are running on this machine. Press Ctrl+C to stop them.');
    console.log('In a second terminal, run the action against them from this folder:\n');
    console.log(`${variables.map(([name, value]) => `${name}='${value}' \\\n`).join('')}npx node dist/index.js\n`);
    console.log('It prints workflow commands as a runner reads them. Change an input to see how it fails.');
  } else {
    const variables = Object.entries({
      ...datadog.environment,
      ACCOUNT_ID: ACCOUNT,
      OPSGENIE_API_KEY: KEYS.opsgenie,
      DD_API_KEY: KEYS.datadogApi,
      DD_APP_KEY: KEYS.datadogApp,
    });
    process.send(variables.map(([name, value]) => `${name}=${value}\n`).join(''));
  }
}
