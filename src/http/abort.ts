/**
 * Settles like a promise, unless a signal aborts first. This is for calls that do not accept a signal themselves.
 *
 * @throws the signal's reason if it aborts first
 */
export function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([promise, aborted]);
}

/**
 * Waits a number of milliseconds, and keeps the process alive until then.
 *
 * @throws the signal's reason if it aborts first
 */
export async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await race(over, signal).finally(() => clearTimeout(timer));
}
