import { STATUS_CODES } from 'node:http';
import { KEYS } from '../../simulation/scenario.ts';
import type { Organization } from '../../src/datadog/organization.ts';
import type { Response } from '../../src/http/request.ts';

export const ORGANIZATION: Organization = {
  site: 'datadoghq.com',
  isDefaultSite: false,
  credentials: { apiKey: KEYS.datadogApi, appKey: KEYS.datadogApp, sources: ['dd_api_key', 'dd_app_key'] },
};

/** A complete response of Datadog. A string is sent unchanged, anything else as JSON. */
export function response(status: number, body: unknown = '', headers: Response['headers'] = {}): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reason = STATUS_CODES[status] ?? '';
  return { host: 'api.datadoghq.com', status, reason, headers, body: text, isComplete: true };
}
