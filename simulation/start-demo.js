// Starts the demo, even in a fresh clone. This file is JavaScript because older versions of Node cannot run TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** On Windows, `npm` and `node` are scripts, which only a shell can start. */
const shell = process.platform === 'win32';

if (!existsSync('node_modules')) {
  console.log('Installing npm packages, including Node 24, into node_modules. npm downloads about 150 MB …');
}
const install = spawnSync('npm', ['install', '--no-save'], { stdio: ['ignore', 'ignore', 'inherit'], shell });
if (install.status !== 0) process.exit(1);

// npm puts node_modules/.bin first on the PATH of its scripts, so this is the development dependency node@24 if npm
// could install it.
const version = spawnSync('node', ['--version'], { encoding: 'utf8', shell }).stdout.trim();
if (Number(/\d+/.exec(version)) < 24) {
  console.error(`The demo needs Node 24, but found ${version}. Run \`npm rebuild node --ignore-scripts=false\`.`);
  process.exit(1);
}
process.exitCode = spawnSync('node', ['simulation/demo.ts'], { stdio: 'inherit', shell }).status ?? 1;
