import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment variables that make a process log its DNS lookups and connections. Every lookup fails with ENOTFOUND,
 * unless `NETWORK_LOCAL` is set: then every name resolves to this machine.
 */
export function watchNetwork(): { readonly environment: Record<string, string>; readonly read: () => string[] } {
  const log = join(mkdtempSync(join(tmpdir(), 'network-')), 'log');
  const preload = new URL('./watch-network.ts', import.meta.url).href;
  return {
    environment: { NODE_OPTIONS: `--import=${preload}`, NETWORK_LOG: log },
    read: () => readFileSync(log, 'utf8').trim().split('\n'),
  };
}
