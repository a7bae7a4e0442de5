/** Milliseconds since this process started. (`performance.now()` would make Node load a dozen more modules.) */
export function now(): number {
  return process.uptime() * 1000;
}

/** Formats milliseconds as seconds, to a tenth of a second: `1.5 s`. */
export function formatSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
