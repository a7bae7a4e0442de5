import { STATUS_CODES } from 'node:http';
import { KEYS } from '../../simulation/scenario.ts';
import type { Organization } from '../../src/datadog/accounts.ts';
import type { Response } from '../../src/http/request.ts';

export const ORGANIZATION: Organization = {
  site: 'datadoghq.com',
  credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp },
};

/** A web page that a proxy or firewall could return. */
export const PAGE = '<html><title>Blocked</title><p>by policy</p></html>';

/** The last line about a response that is not in the format of the service. */
export const HINT = 'This response may come from a proxy or firewall.';

/** A complete response from Datadog's host. A string is its body unchanged, anything else its body as JSON. */
export function response(status: number, body: unknown = '', headers: Response['headers'] = {}): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { host: 'api.datadoghq.com', status, reason: STATUS_CODES[status] ?? '', headers, text, isTooLarge: false };
}

/** The same response with a body of more than 1 MiB, of which the rest was not read. */
export function tooLarge(complete: Response): Response {
  return { ...complete, text: '', isTooLarge: true };
}
