import { apiHost } from '../src/datadog/sites.ts';
import { isObject, parseJson } from '../src/parse.ts';
import { type ReceivedRequest, respond, type Script } from './scripts.ts';

export type Permission = 'integrations_read' | 'manage_integrations';

/** A Datadog organization: its site, its credentials, and its Opsgenie accounts. */
export interface Organization {
  /** The only site that accepts the credentials, in the form of `DD_SITE`. */
  site: string;
  readonly apiKeys: Set<string>;
  /** Application keys and their permissions. */
  readonly appKeys: Map<string, readonly Permission[]>;
  /** Access tokens: personal, of a service account, or short-lived. */
  readonly tokens: Map<string, { readonly permissions: readonly Permission[]; readonly expiresAt: Date | undefined }>;
  /** Keyed by account ID. */
  readonly accounts: Map<string, { region: string; apiKey: string }>;
  rateLimit: { readonly limit: number; readonly periodSeconds: number } | undefined;
}

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

  respond({ host, method, path, headers, body }: ReceivedRequest): Script {
    if (host !== apiHost(this.#organization.site)) return respond(403, { errors: ['Forbidden'] });

    const limited = this.#countAgainstLimit();
    if (limited.refused) return respond(429, { errors: ['Too many requests'] }, limited.headers);

    const permissions = this.#authenticate(headers);
    if (permissions === undefined) return respond(401, { errors: ['Unauthorized'] });
    if (!permissions.includes(method === 'GET' ? 'integrations_read' : 'manage_integrations')) {
      return respond(403, { errors: ['Forbidden'] });
    }

    const { accounts } = this.#organization;
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
    if (region !== 'us' && region !== 'eu' && region !== 'custom') return invalid('region');
    // Datadog stores keys without checking them: recorded service object updates contain made-up keys.
    if (typeof apiKey !== 'string') return invalid('api_key');
    accounts.set(id, { region, apiKey });
    return respond(200, { data: resource(id, region) }, limited.headers);
  }

  /** Returns the permissions of a request's credentials; undefined if the access token is unknown or expired. */
  #authenticate(headers: ReceivedRequest['headers']): readonly Permission[] | undefined {
    const { apiKeys, appKeys, tokens } = this.#organization;
    const apiKey = String(headers['dd-api-key'] ?? '');
    const appKey = String(headers['dd-application-key'] ?? '');
    const [, bearer] = /^Bearer (.*)$/.exec(headers.authorization ?? '') ?? [];
    // Datadog does not document which credentials take precedence.
    if (bearer !== undefined && (apiKey !== '' || appKey !== '')) return undefined;

    if (bearer === undefined && !/^dd[ps]at_/.test(appKey)) {
      return apiKeys.has(apiKey) ? (appKeys.get(appKey) ?? []) : [];
    }
    const token = tokens.get(bearer ?? appKey);
    const hasExpired = token?.expiresAt !== undefined && token.expiresAt <= new Date();
    return hasExpired ? undefined : token?.permissions;
  }

  /** Counts a request in the current rate limit period. Like Datadog's, periods are aligned to the clock. */
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

function invalid(attribute: string): Script {
  const error = { title: 'Invalid attribute', detail: `${attribute} is invalid`, status: '422' };
  return respond(422, { errors: [{ ...error, source: { pointer: `/data/attributes/${attribute}` } }] });
}
