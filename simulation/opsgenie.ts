import { randomUUID } from 'node:crypto';
import { type ReceivedRequest, respond, type Script } from './scripts.ts';

type OpsgenieRegion = 'us' | 'eu';

/** An API key's state. Reading the account requires Configuration access. */
type KeyState = { readonly configurationAccess: boolean; readonly disabled?: boolean };

/** Each region's API keys. */
export type OpsgenieKeys = ReadonlyMap<OpsgenieRegion, Map<string, KeyState>>;

/** Opsgenie's API hosts, with the region that each serves. */
export const OPSGENIE_HOSTS: ReadonlyMap<string, OpsgenieRegion> = new Map([
  ['api.opsgenie.com', 'us'],
  ['api.eu.opsgenie.com', 'eu'],
]);

/** An API key's format, which Opsgenie does not document. */
const KEY_FORMAT = /^[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}$/i;

/**
 * Responds as Opsgenie documents to a request for a key's account.
 * https://docs.opsgenie.com/docs/account-api
 */
export function respondAsOpsgenie(
  keys: OpsgenieKeys,
  region: OpsgenieRegion,
  { method, path, headers }: ReceivedRequest,
): Script {
  const [, key = ''] = /^GenieKey (.*)$/.exec(headers.authorization ?? '') ?? [];
  if (key !== '' && !KEY_FORMAT.test(key)) return envelope(422, { message: 'Key format is not valid!' });
  const known = keys.get(region)?.get(key);
  if (known === undefined || known.disabled) return envelope(401, { message: 'Could not authenticate' });
  if (method !== 'GET' || path !== '/v2/account') return envelope(404, { message: 'Not found' });
  if (!known.configurationAccess) {
    return envelope(403, { code: 40301, message: 'API Key is not granted with configuration access.' });
  }
  return envelope(200, { data: { name: 'acme', userCount: 3, plan: { maxUserCount: 1500, name: 'Enterprise' } } });
}

/** Responds with the fields that Opsgenie adds to every body: https://docs.opsgenie.com/docs/response */
function envelope(status: number, body: object): Script {
  return respond(status, { ...body, took: 0.004, requestId: randomUUID() });
}
