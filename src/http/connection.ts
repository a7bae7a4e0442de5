import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { isObject } from '../parse.ts';

/**
 * The phases of a request: `connecting` to the host or its proxy, `tunneling` through the proxy, TLS `handshake`, `secure`.
 * No part of a request is sent before its connection is secure.
 */
const PHASES = ['connecting', 'tunneling', 'handshake', 'secure'] as const;

export type Phase = (typeof PHASES)[number];

export interface Connection {
  phase: Phase;
  /** The requests' first error, which says more than the error that the HTTP client throws. */
  error?: Error;
  /** The proxy's response to CONNECT. */
  proxyResponse?: { readonly status: number; readonly reason: string };
  /** Ends unfinished requests. */
  end(): void;
}

const CHANNEL = 'http.client.request.created';

/**
 * Follows all requests that start from now on, including CONNECT requests to a proxy. The HTTP client hides its requests,
 * but Node announces them (https://nodejs.org/api/diagnostics_channel.html#http).
 *
 * @param onSwitch called if the server switches protocols, which the HTTP client never notices
 */
export function followConnection(onSwitch: () => void): Connection {
  const requests: ClientRequest[] = [];
  const reach = (phase: Phase): void => {
    if (PHASES.indexOf(phase) > PHASES.indexOf(connection.phase)) connection.phase = phase;
  };
  const onRequest = (message: unknown): void => {
    const request = isObject(message) ? message.request : undefined;
    if (!(request instanceof ClientRequest)) return;
    requests.push(request);
    const isTunnel = request.method === 'CONNECT';
    request.once('socket', (socket) => {
      socket.once('connect', () => reach(isTunnel ? 'tunneling' : 'handshake'));
      socket.once('secureConnect', () => reach('secure'));
    });
    request.once('error', (error) => {
      connection.error ??= error;
    });
    if (isTunnel) {
      request.once('connect', ({ statusCode = 0, statusMessage = '' }) => {
        connection.proxyResponse = { status: statusCode, reason: statusMessage };
        if (statusCode === 200) reach('handshake');
      });
    } else {
      request.once('upgrade', onSwitch);
    }
  };
  const end = (): void => {
    unsubscribe(CHANNEL, onRequest);
    for (const request of requests) request.destroy();
  };
  const connection: Connection = { phase: 'connecting', end };
  subscribe(CHANNEL, onRequest);
  return connection;
}
