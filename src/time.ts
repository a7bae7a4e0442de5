/** Milliseconds since this process started. (`performance.now()` would make Node load a dozen more modules.) */
export function now(): number {
  return process.uptime() * 1000;
}

/** Formats milliseconds as seconds: `1.5 s`, or `15 s` from ten seconds on. */
export function formatSeconds(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  return `${tenths < 100 ? tenths / 10 : Math.round(milliseconds / 1000)} s`;
}
