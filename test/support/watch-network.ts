// Loaded into the action's process with NODE_OPTIONS=--import: see network.ts. Appends every DNS lookup and connection to
// the file in NETWORK_LOG.
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';

function log(line: string): void {
  if (process.env.NETWORK_LOG) appendFileSync(process.env.NETWORK_LOG, `${line}\n`);
}

subscribe('net.client.socket', (message) => {
  const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined;
  if (!(socket instanceof Socket)) return;
  socket.once('connect', () => log(`connect ${socket.remoteAddress}:${socket.remotePort}`));
});

const { lookup } = dns;

type Found = (error: Error | null, addresses?: dns.LookupAddress[]) => void;

const LOCAL: dns.LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

const watchedLookup = (host: string, options: dns.LookupAllOptions, found: Found): void => {
  if (isIP(host)) {
    lookup(host, options, found);
    return;
  }
  log(`lookup ${host}`);
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  setImmediate(() => (process.env.NETWORK_LOCAL ? found(null, LOCAL) : found(error)));
};

Object.assign(dns, { lookup: watchedLookup });
