// The smallest program that uses this action's toolkit, for bench.ts. It is JavaScript because the bundler reads it.
import { getInput, setFailed, setOutput, setSecret } from '@actions/core';
import { HttpClient } from '@actions/http-client';

async function update() {
  const id = getInput('account_id', { required: true });
  const keys = ['api_key', 'dd_api_key', 'dd_app_key'].map((name) => getInput(name, { required: true }));
  for (const key of keys) setSecret(key);
  const data = { attributes: { api_key: keys[0], region: getInput('region') }, id, type: 'opsgenie-account' };
  const response = await new HttpClient('bench').patch(
    `https://api.datadoghq.com/api/v2/integration/opsgenie/accounts/${id}`,
    JSON.stringify({ data }),
    { 'Content-Type': 'application/json', 'DD-API-KEY': keys[1], 'DD-APPLICATION-KEY': keys[2] },
  );
  await response.readBody();
  if (response.message.statusCode !== 200) throw new Error('The update failed.');
  setOutput('updated', 'true');
}

update().catch(({ message }) => setFailed(message));
