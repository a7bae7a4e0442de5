// Sets up the tests that run the source in their own process.

/** How much faster time runs there, for what waits and what measures. More, and a slow machine could miss a deadline. */
const SPEED = 3;

const { setTimeout: wait } = globalThis;
const now = performance.now.bind(performance);
const uptime = process.uptime.bind(process);

const waitLess = <Arguments extends unknown[]>(done: (...list: Arguments) => void, delay = 0, ...list: Arguments) =>
  wait(done, delay / SPEED, ...list);

globalThis.setTimeout = Object.assign(waitLess, wait);
performance.now = () => now() * SPEED;
process.uptime = () => uptime() * SPEED;

// Compiles everything now, so that no run loses its time to it.
await import('../../src/run.ts');
await import('@actions/github');
