// Starts a program in this folder, even in a fresh clone: `node simulation/start.js demo`. It writes only to stderr, because
// a program's output may be parsed. This file is JavaScript because older versions of Node cannot run TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const [program, ...options] = process.argv.slice(2);

/** On Windows, `npm` and `node` are scripts, which only a shell can start. */
const shell = process.platform === 'win32';

if (!existsSync('node_modules')) {
  console.error('Installing npm packages, including Node 24, into node_modules. npm downloads about 150 MB …');
}
// Without a log level, `npm run --silent` would also hide this command's errors.
const install = ['install', '--no-save', '--loglevel=error'];
if (spawnSync('npm', install, { stdio: ['ignore', 'ignore', 'inherit'], shell }).status !== 0) process.exit(1);

// npm puts node_modules/.bin first on the PATH of its scripts, so this is the development dependency node@24 if npm
// could install it.
const version = spawnSync('node', ['--version'], { encoding: 'utf8', shell }).stdout.trim();
if (Number(/\d+/.exec(version)) < 24) {
  console.error(`Node 24 is required, but ${version} was found. Run \`npm rebuild node --ignore-scripts=false\`.`);
  process.exit(1);
}
const child = spawn('node', [`simulation/${program}.ts`, ...options], { stdio: 'inherit', shell });
// A terminal sends Ctrl+C to both processes.
process.on('SIGINT', () => {}).on('SIGTERM', () => child.kill());
child.once('exit', (code) => process.exit(code ?? 1));
