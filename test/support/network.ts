import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Environment in which a process notes its lookups and connections, and no name can be looked up. */
export function watchNetwork(): { readonly environment: Record<string, string>; readonly read: () => string[] } {
  const log = join(mkdtempSync(join(tmpdir(), 'network-')), 'log');
  const preload = new URL('./watch-network.ts', import.meta.url).href;
  return {
    environment: { NODE_OPTIONS: `--import=${preload}`, NETWORK_LOG: log },
    read: () => readFileSync(log, 'utf8').trim().split('\n'),
  };
}
