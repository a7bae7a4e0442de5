import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request that the simulated server received. */
export interface ReceivedRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Arrival time in milliseconds, from performance.now(). */
  readonly at: number;
}

/** Responds to one request instead of the documented behavior. */
export type Script = (request: IncomingMessage, response: ServerResponse) => void;

/** Handles one CONNECT request instead of opening the tunnel. Receives the client's end of the connection. */
export type ProxyScript = (client: Duplex) => void;

/** Creates a script that responds with this status and body. A string is sent as plain text, anything else as JSON. */
export function respond(status: number, body: unknown, headers: { readonly [name: string]: string } = {}): Script {
  const [type, text] = typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)];
  return (_, response) => {
    response.statusCode = status;
    response
      .setHeader('Content-Type', type)
      .setHeaders(new Map(Object.entries(headers)))
      .end(text);
  };
}

/** Repeats a script more often than any run sends requests. */
export function always<T extends Script | ProxyScript>(script: T): T[] {
  return Array.from({ length: 99 }, () => script);
}
