// Starts the simulated server and prints the environment variables that a step needs to use it, as `name=value` lines.
//
//   npm run simulate                    runs until you stop it
//   npm run simulate -- --background    starts a background process and returns
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ACCOUNT, KEYS, startDatadog } from './scenario.ts';

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
