/** Milliseconds since this process started. (`performance.now()` would make Node load a dozen more modules.) */
export function now(): number {
  return process.uptime() * 1000;
}

/** Formats milliseconds as seconds: `1.5 s`, or `15 s` from ten seconds on. */
export function formatSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return `${seconds < 9.95 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
}
