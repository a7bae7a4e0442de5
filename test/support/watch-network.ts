// Loaded into the action's process (NODE_OPTIONS=--import) by tests about the network: notes every name that is looked
// up and every connection that is opened in the file NETWORK_LOG, and lets no name be found.
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';

function note(line: string): void {
  if (process.env.NETWORK_LOG) appendFileSync(process.env.NETWORK_LOG, `${line}\n`);
}

subscribe('net.client.socket', (message) => {
  const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined;
  if (!(socket instanceof Socket)) return;
  socket.once('connect', () => note(`connect ${socket.remoteAddress}:${socket.remotePort}`));
});

const { lookup } = dns;

const watchedLookup = (host: string, options: dns.LookupOptions, done: (error: Error | null) => void): void => {
  if (isIP(host)) {
    lookup(host, options, done);
  } else {
    note(`lookup ${host}`);
    setImmediate(done, Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  }
};

Object.assign(dns, { lookup: watchedLookup });
