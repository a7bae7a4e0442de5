import { randomUUID } from 'node:crypto';
import { type ReceivedRequest, respond, type Script } from './scripts.ts';

export type OpsgenieRegion = 'us' | 'eu';

export interface OpsgenieKey {
  /** Without it, Opsgenie knows the key but does not let it read the account. */
  readonly configurationAccess: boolean;
}

/** The API keys that exist in each region. */
export type OpsgenieKeys = ReadonlyMap<OpsgenieRegion, Map<string, OpsgenieKey>>;

/** Opsgenie's API hosts, with the region that each serves. */
export const OPSGENIE_HOSTS: ReadonlyMap<string, OpsgenieRegion> = new Map([
  ['api.opsgenie.com', 'us'],
  ['api.eu.opsgenie.com', 'eu'],
]);

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Opsgenie's documented behavior for reading the account that a key belongs to.
 * https://docs.opsgenie.com/docs/account-api
 */
export class OpsgenieApi {
  readonly #keys: OpsgenieKeys;

  constructor(keys: OpsgenieKeys) {
    this.#keys = keys;
  }

  respond(region: OpsgenieRegion, { method, path, headers }: ReceivedRequest): Script {
    const [, key = ''] = /^GenieKey (.*)$/.exec(headers.authorization ?? '') ?? [];
    if (key !== '' && !UUID.test(key)) return envelope(422, { message: 'Key format is not valid!' });
    const known = this.#keys.get(region)?.get(key);
    if (known === undefined) return envelope(401, { message: 'Could not authenticate' });
    if (method !== 'GET' || path !== '/v2/account') return envelope(404, { message: 'Not found' });
    if (!known.configurationAccess) {
      return envelope(403, { code: 40301, message: 'You are not allowed to access this resource' });
    }
    const plan = { maxUserCount: 1500, name: 'Enterprise', isYearly: true };
    return envelope(200, { data: { name: 'acme', userCount: 3, plan } });
  }
}

/** An answer with the fields that Opsgenie adds to every body: https://docs.opsgenie.com/docs/response */
function envelope(status: number, body: object): Script {
  return respond(status, { ...body, took: 0.004, requestId: randomUUID() });
}
