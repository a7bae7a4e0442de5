import { existsSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { vi } from 'vitest';
import type { Launch } from '../../simulation/runner.ts';

/** State of the process that each run changes, and that is restored after it. */
const { env, exit, stdout, uptime } = process;
const write = stdout.write.bind(stdout);
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/**
 * Runs the source in this process instead of `dist/` in one of its own, one run at a time. Mutation testing needs this:
 * it switches mutants on and off, and notes which test reaches which of them, in the process of the tests. It also makes
 * coverage easy to measure.
 */
export const launchSource: Launch = (environment) => {
  const [printed, nothing] = [new PassThrough(), new PassThrough()];
  const others = SIGNALS.flatMap((signal) => process.listeners(signal));
  const handlers = process.listeners('uncaughtException');
  const own = {
    signals: (signal: NodeJS.Signals) => process.listeners(signal).filter((listener) => !others.includes(listener)),
    errors: () => process.listeners('uncaughtException').filter((listener) => !handlers.includes(listener)),
  };

  const ended = new Promise<number | null>((done) => {
    const start = performance.now();
    process.uptime = () => (performance.now() - start) / 1000;
    process.env = { ...environment };
    stdout.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      printed.write(chunk);
      for (const callback of rest) if (typeof callback === 'function') callback();
      return true;
    };
    process.exit = ((code = process.exitCode) => {
      stdout.write = write;
      Object.assign(process, { env, exit, uptime, exitCode: undefined, noDeprecation: undefined });
      for (const signal of SIGNALS) for (const listener of own.signals(signal)) process.off(signal, listener);
      for (const listener of own.errors()) process.off('uncaughtException', listener);
      for (const stream of [printed, nothing]) stream.end();
      done(Number(code));
    }) as typeof process.exit;

    // What Node itself does when it starts.
    const authorities = environment.NODE_EXTRA_CA_CERTS;
    const extra = authorities && existsSync(authorities) ? [readFileSync(authorities, 'utf8')] : [];
    setDefaultCACertificates([...getCACertificates('bundled'), ...extra]);
    const preload = /--import=(\S+)/.exec(environment.NODE_OPTIONS ?? '')?.[1];

    vi.resetModules();
    Promise.resolve(preload && import(preload))
      .then(() => import('../../src/index.ts'))
      .catch((error) => process.emit('uncaughtException', error));
  });
  const cancel = (signal: NodeJS.Signals): void => {
    for (const listener of own.signals(signal)) listener(signal);
  };
  return { stdout: printed, stderr: nothing, ended, cancel };
};
