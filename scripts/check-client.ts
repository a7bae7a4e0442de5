// Checks that Datadog's official client and the simulation understand each other, and that the action sends the same
// requests as the client. The client takes up about 140 MB, so it is installed into a temporary folder.
import { execFileSync } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { setGlobalProxyFromEnv } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, runStepAgainst, startDatadog, UNKNOWN_ACCOUNT } from '../simulation/scenario.ts';
import { isObject, parseJson } from '../src/parse.ts';

const PACKAGE = '@datadog/datadog-api-client';

/** The parts of the client that this script uses. */
interface Client {
  readonly client: { createConfiguration(options: { readonly authMethods: Credentials }): unknown };
  readonly v2: { readonly OpsgenieIntegrationApi: new (configuration: unknown) => OpsgenieIntegrationApi };
}

interface Credentials {
  readonly apiKeyAuth?: string;
  readonly appKeyAuth?: string;
  readonly AuthZ?: { readonly accessToken: string };
}

interface OpsgenieIntegrationApi {
  listOpsgenieAccounts(): Promise<unknown>;
  updateOpsgenieAccount(request: { readonly accountId: string; readonly body: object }): Promise<unknown>;
}

console.log(`Installing ${PACKAGE} into a temporary folder (about 140 MB) …`);
using folder = mkdtempDisposableSync(join(tmpdir(), 'client-'));
const install = ['install', '--prefix', folder.path, '--ignore-scripts', `${PACKAGE}@latest`];
execFileSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
const installed = join(folder.path, 'node_modules', PACKAGE);
const load = createRequire(import.meta.url);
const { client, v2 }: Client = load(installed);
const { version }: { version: string } = load(join(installed, 'package.json'));

await using datadog = await startDatadog();
setDefaultCACertificates([datadog.authority.certificate]);
setGlobalProxyFromEnv({ HTTPS_PROXY: datadog.environment.HTTPS_PROXY });
// The client reads these variables.
for (const name of ['DD_API_KEY', 'DD_APP_KEY', 'DD_SITE']) delete process.env[name];

const agreements: boolean[] = [];
const keys = { apiKeyAuth: KEYS.datadogApi, appKeyAuth: KEYS.datadogApp };
const tokenAsKey = { ...keys, appKeyAuth: KEYS.accessToken };
const both = { apiKey: KEYS.opsgenie, region: 'eu' };

check('list', await list(keys), { data: [account('us')] });
check('update', await update(keys, both), { data: account('eu') });
check('account after the update', datadog.organization.accounts.get(ACCOUNT), both);
check('update of the key', await update(keys, { apiKey: KEYS.opsgenieUs }), { data: account('eu') });
check('update with an unknown key', await update(keys, { apiKey: 'not a key' }), { data: account('eu') });
check('update of the region', await update(keys, { region: 'custom' }), { data: account('custom') });
check('list with a token', await list(bearer(KEYS.readOnlyToken)), { data: [account('custom')] });
check('update with a token', await update(bearer(KEYS.serviceToken), both), { data: account('eu') });
check('update with a token as a key', await update(tokenAsKey, both), { data: account('eu') });

check('400', await update(keys, both, ACCOUNT, OTHER_ACCOUNT), error(400, 'Bad Request'));
// The client does not expect this status, so it does not parse the body.
const unauthorized = 'Unknown API Status Code!\nBody: "{"errors":["Unauthorized"]}"';
check('401', await update(bearer(KEYS.expiredToken), both), { code: 401, body: unauthorized });
check('403 for keys', await update({ ...keys, apiKeyAuth: 'unknown' }, both), error(403, 'Forbidden'));
check('403 for a token', await update(bearer(KEYS.readOnlyToken), both), error(403, 'Forbidden'));
datadog.organization.site = 'us3.datadoghq.com';
check('403 for another site', await update(keys, both), error(403, 'Forbidden'));
datadog.organization.site = 'datadoghq.com';
check('404', await update(keys, both, UNKNOWN_ACCOUNT), error(404, 'Account not found'));
const source = { pointer: '/data/attributes/region' };
const invalid = { title: 'Invalid attribute', detail: 'region is invalid', status: '422', source };
// The client sends an unknown region only as an additional property.
const unknownRegion = { additionalProperties: { region: 'mars' } };
check('422', await update(keys, unknownRegion), { code: 422, body: { errors: [invalid] } });
datadog.organization.rateLimit = { limit: 0, periodSeconds: 60 };
check('429', await update(keys, both), error(429, 'Too many requests'));
datadog.organization.rateLimit = undefined;

const expected = await sent(() => update(keys, both));
check("the action's update", await sent(() => runStepAgainst(datadog, {})), expected);
const lookup = await sent(() => list(keys));
check("the action's dry run", await sent(() => runStepAgainst(datadog, { with: { dry_run: 'true' } })), lookup);
const token = { dd_access_token: KEYS.accessToken, dd_api_key: '', dd_app_key: '' };
const withToken = await sent(() => update(bearer(KEYS.accessToken), both));
check("the action's update with a token", await sent(() => runStepAgainst(datadog, { with: token })), withToken);

console.log(`${agreements.filter(Boolean).length} of ${agreements.length} checks agree with ${PACKAGE} ${version}.`);
process.exitCode = agreements.every(Boolean) ? 0 : 1;

function check(name: string, ...values: [actual: unknown, expected: unknown]): void {
  const [actual = '', expected = ''] = values.map((value) => JSON.stringify(value));
  // JSON drops the client's classes and undefined properties.
  const agrees = isDeepStrictEqual(parseJson(actual), parseJson(expected));
  agreements.push(agrees);
  if (!agrees) console.log(`${name} disagrees:\n  expected ${expected}\n  actual   ${actual}`);
}

function bearer(accessToken: string): Credentials {
  return { AuthZ: { accessToken } };
}

function api(authMethods: Credentials): OpsgenieIntegrationApi {
  return new v2.OpsgenieIntegrationApi(client.createConfiguration({ authMethods }));
}

function list(credentials: Credentials): Promise<unknown> {
  return api(credentials).listOpsgenieAccounts().catch(statusAndBody);
}

function update(credentials: Credentials, attributes: object, accountId = ACCOUNT, id = accountId): Promise<unknown> {
  const body = { data: { attributes, id, type: 'opsgenie-account' } };
  return api(credentials).updateOpsgenieAccount({ accountId, body }).catch(statusAndBody);
}

/** Returns the status and body from a failed call's exception. The client retries only on request. */
function statusAndBody(exception: unknown): object {
  if (!isObject(exception) || typeof exception.code !== 'number') throw exception;
  return { code: exception.code, body: exception.body };
}

function error(code: number, message: string): object {
  return { code, body: { errors: [message] } };
}

function account(region: string): object {
  return { attributes: { region }, id: ACCOUNT, type: 'opsgenie-account' };
}

/** Returns the requests that the simulation receives during a run, reduced to the parts that must match. */
async function sent(run: () => Promise<unknown>): Promise<object[]> {
  datadog.requests.length = 0;
  await run();
  return datadog.requests.map(({ host, method, path, headers, body }) => {
    const { accept, authorization, 'content-type': type, 'dd-api-key': apiKey, 'dd-application-key': appKey } = headers;
    return { host, method, path, body: parseJson(body), accept, authorization, type, apiKey, appKey };
  });
}
