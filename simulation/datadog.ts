import { isObject, parseJson } from '../src/json.ts';
import { type ReceivedRequest, respond, type Script } from './scripts.ts';

type Permission = 'integrations_read' | 'manage_integrations';

export interface RateLimit {
  readonly limit: number;
  readonly periodSeconds: number;
}

/** A Datadog organization: its keys and its Opsgenie accounts. */
export interface Organization {
  readonly apiKeys: Set<string>;
  /** Application keys and access tokens, with their permissions. */
  readonly appKeys: Map<string, readonly Permission[]>;
  /** By account id. */
  readonly accounts: Map<string, { region: string; apiKey: string }>;
  rateLimit: RateLimit | undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ACCOUNTS = '/api/v2/integration/opsgenie/accounts';

/**
 * Datadog's documented behavior for listing and updating Opsgenie accounts.
 * https://docs.datadoghq.com/api/latest/opsgenie-integration/
 */
export class DatadogApi {
  readonly #organization: Organization;
  #period = { number: 0, requests: 0 };

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  respond({ method, path, headers, body }: ReceivedRequest): Script {
    const limited = this.#countAgainstLimit();
    if (limited.refused) return respond(429, { errors: ['Too many requests'] }, limited.headers);

    const { apiKeys, appKeys, accounts } = this.#organization;
    const appKey = String(headers['dd-application-key'] ?? '');
    const isKnown = /^dd[ps]at_/.test(appKey) || apiKeys.has(String(headers['dd-api-key'] ?? ''));
    const needed: Permission = method === 'GET' ? 'integrations_read' : 'manage_integrations';
    if (!isKnown || !appKeys.get(appKey)?.includes(needed)) return respond(403, { errors: ['Forbidden'] });

    if (method === 'GET' && path === ACCOUNTS) {
      return respond(200, { data: [...accounts].map(([id, { region }]) => resource(id, region)) }, limited.headers);
    }
    const id = path.startsWith(`${ACCOUNTS}/`) ? path.slice(ACCOUNTS.length + 1) : '';
    const account = accounts.get(id);
    if (method !== 'PATCH' || account === undefined) return respond(404, { errors: ['Account not found'] });

    const document = parseJson(body);
    const data = isObject(document) ? document.data : undefined;
    if (!isObject(data) || data.id !== id || data.type !== 'opsgenie-account' || !isObject(data.attributes)) {
      return respond(400, { errors: ['Bad Request'] });
    }
    const { region = account.region, api_key: apiKey = account.apiKey } = data.attributes;
    if (region !== 'us' && region !== 'eu' && region !== 'custom') return invalid('region', 'is not a region');
    if (typeof apiKey !== 'string' || !UUID.test(apiKey)) return invalid('api_key', 'is not an Opsgenie API key');
    accounts.set(id, { region, apiKey });
    return respond(200, { data: resource(id, region) }, limited.headers);
  }

  /** Counts a request in the current rate limit period. As at Datadog, periods are aligned to the clock. */
  #countAgainstLimit(): { refused: boolean; headers: Record<string, string> } {
    const { rateLimit } = this.#organization;
    if (rateLimit === undefined) return { refused: false, headers: {} };
    const { limit, periodSeconds } = rateLimit;
    const now = Date.now() / 1000;
    const number = Math.floor(now / periodSeconds);
    if (this.#period.number !== number) this.#period = { number, requests: 0 };
    this.#period.requests += 1;
    return {
      refused: this.#period.requests > limit,
      headers: {
        'X-RateLimit-Limit': `${limit}`,
        'X-RateLimit-Period': `${periodSeconds}`,
        'X-RateLimit-Remaining': `${Math.max(limit - this.#period.requests, 0)}`,
        'X-RateLimit-Reset': `${Math.ceil((number + 1) * periodSeconds - now)}`,
        'X-RateLimit-Name': 'opsgenie_accounts',
      },
    };
  }
}

/** An account as Datadog's API returns it. */
export function resource(id: string, region: string): object {
  return { attributes: { region }, id, type: 'opsgenie-account' };
}

function invalid(attribute: string, problem: string): Script {
  const detail = `${attribute} ${problem}`;
  const source = { pointer: `/data/attributes/${attribute}` };
  return respond(422, { errors: [{ title: 'Invalid attribute', detail, source, status: '422' }] });
}
