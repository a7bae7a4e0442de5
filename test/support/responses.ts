import type { Response } from '../../src/http/request.ts';

/** A complete response. A string is sent as it is, anything else as JSON. */
export function response(status: number, body: unknown = '', headers: Response['headers'] = {}): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { host: 'api.datadoghq.com', status, headers, body: text, isComplete: true };
}
