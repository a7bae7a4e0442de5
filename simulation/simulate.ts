// Runs the simulated Datadog until it is ended, and prints the variables that lead a step to it, one `name=value` a line.
//
//   npm run simulate                    in this process
//   npm run simulate -- --background    in one that lives on
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ACCOUNT, KEYS, startDatadog } from './scenario.ts';

if (process.argv.includes('--background')) {
  const child = spawn(process.execPath, [import.meta.filename], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Without the variables there is no use in waiting.
  child.once('exit', (code) => process.exit(code ?? 1));
  const [variables] = await once(child, 'message');
  process.stdout.write(String(variables));
  child.disconnect();
  child.unref();
} else {
  const { environment } = await startDatadog();
  const variables = Object.entries({
    ...environment,
    ACCOUNT_ID: ACCOUNT,
    OPSGENIE_API_KEY: KEYS.opsgenie,
    DD_API_KEY: KEYS.datadogApi,
    DD_APP_KEY: KEYS.datadogApp,
  });
  const lines = variables.map(([name, value]) => `${name}=${value}\n`).join('');
  if (process.send === undefined) process.stdout.write(lines);
  else process.send(lines);
}
