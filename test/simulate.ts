// Runs the simulated Datadog until it is ended, and prints the variables that lead a step to it, one `name=value` a line.
import { ACCOUNT, KEYS, startDatadog } from './support/scenario.ts';

const { environment } = await startDatadog();
const variables = {
  ...environment,
  ACCOUNT_ID: ACCOUNT,
  OPSGENIE_API_KEY: KEYS.opsgenie,
  DD_API_KEY: KEYS.datadogApi,
  DD_APP_KEY: KEYS.datadogApp,
};
for (const [name, value] of Object.entries(variables)) console.log(`${name}=${value}`);
