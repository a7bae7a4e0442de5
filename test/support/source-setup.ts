// Sets up the tests that run the source in their own process. Lets time run five times as fast for whatever runs in this process: what waits, and what measures.
const SPEED = 5;

const { setTimeout: wait } = globalThis;
const now = performance.now.bind(performance);

const waitLess = <Arguments extends unknown[]>(done: (...list: Arguments) => void, delay = 0, ...list: Arguments) =>
  wait(done, delay / SPEED, ...list);

globalThis.setTimeout = Object.assign(waitLess, wait);
performance.now = () => now() * SPEED;

// Compiles everything now, so that no run loses its time to it.
await import('../../src/run.ts');
await import('@actions/github');
