// Sets up the tests that run the source in their own process: see launch-source.ts.

/** How much faster time passes, for whatever waits or measures. Mutation testing sets it; more can miss deadlines. */
const SPEED = Number(process.env.SPEED ?? 1);

const { setTimeout: wait } = globalThis;
const now = performance.now.bind(performance);

const waitLess = <Arguments extends unknown[]>(done: (...list: Arguments) => void, delay = 0, ...list: Arguments) =>
  wait(done, delay / SPEED, ...list);

globalThis.setTimeout = Object.assign(waitLess, wait);
performance.now = () => now() * SPEED;

// Compile everything now, so that no run loses time to it.
await import('../../src/run.ts');
await import('@actions/github');
