// For bench.ts: the smallest program on the toolkit of this action. It is JavaScript because the bundler reads it.
import { getInput, setFailed, setOutput, setSecret } from '@actions/core';
import { HttpClient } from '@actions/http-client';

async function update() {
  const id = getInput('account_id', { required: true });
  const [apiKey, ddApiKey, ddAppKey] = ['api_key', 'dd_api_key', 'dd_app_key'].map((name) => {
    const key = getInput(name, { required: true });
    setSecret(key);
    return key;
  });
  const data = { attributes: { api_key: apiKey, region: getInput('region') }, id, type: 'opsgenie-account' };
  const response = await new HttpClient('bench').patch(
    `https://api.datadoghq.com/api/v2/integration/opsgenie/accounts/${id}`,
    JSON.stringify({ data }),
    { 'Content-Type': 'application/json', 'DD-API-KEY': ddApiKey, 'DD-APPLICATION-KEY': ddAppKey },
  );
  await response.readBody();
  const status = response.message.statusCode;
  if (status !== 200) throw new Error(`Datadog returned ${status}`);
  setOutput('updated', 'true');
}

update().catch(({ message }) => setFailed(message));
