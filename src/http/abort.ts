/**
 * Settles like a promise, unless a signal aborts first. This is for calls that do not accept a signal themselves.
 *
 * @throws the signal's reason if it aborts first
 */
export function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/** Waits a number of milliseconds, and keeps the process alive until then. Rejects like {@link race}. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return race(new Promise((resolve) => setTimeout(resolve, milliseconds)), signal);
}
