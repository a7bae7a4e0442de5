// Builds dist/: compiles src/, bundles the result with the packages it uses, and collects their licenses. With --check, builds
// into another folder and compares the result with dist/.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import ncc from '@vercel/ncc';

// No run reaches these modules. Including them would make dist/ eight times as large and a run 50% longer.
// Their imports resolve to scripts/unreached.cjs, where every use fails. No package's own code is changed.
const UNREACHED = [
  'undici', // used by @actions/github and @actions/http-client, but only for Octokit
  '@octokit/core', // Octokit: this action uses only the `context` in @actions/github
  '@octokit/plugin-paginate-rest',
  '@octokit/plugin-rest-endpoint-methods',
  'assert', // imported by tunnel, which doesn't call it
  './oidc-utils.js', // parts of @actions/core that this action does not use
  './path-utils.js',
  './platform.js',
  './summary.js',
];

/** Path of a package's manifest, except the bundler's own. */
const MANIFEST = /node_modules[\\/](?!@vercel)(?:@[^\\/]+[\\/])?[^\\/]+[\\/]package\.json$/;

if (import.meta.main) {
  const folder = process.argv.includes('--check') ? 'build/dist' : 'dist';
  rmSync('build', { recursive: true, force: true });
  // The bundler's own TypeScript loader does not work with TypeScript 7.
  const tsc = spawnSync('tsc -p tsconfig.build.json', { stdio: 'inherit', shell: true });
  if (tsc.status !== 0) process.exit(1);
  await bundle(join(process.cwd(), 'build/main.js'), folder);

  const matches = isDeepStrictEqual(readFolder('dist'), readFolder(folder));
  if (matches) console.log('dist/ matches the source.');
  else console.error('dist/ does not match the source. Run `npm run build` and commit dist/.');
  process.exitCode = matches ? 0 : 1;
}

/** Returns the names and contents of the files in a folder. */
function readFolder(folder: string): string[][] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
}

/** Bundles a compiled program and its packages as `index.js` in an emptied folder. */
export async function bundle(program: string, folder: string): Promise<void> {
  const { code, assets, stats } = await ncc(program, {
    cache: false,
    quiet: true,
    esm: false, // CommonJS starts a little faster than an ES module.
    externals: Object.fromEntries(UNREACHED.map((name) => [name, './unreached.js'])),
  });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.js'), code);
  for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(folder, name), source);
  copyFileSync(join(import.meta.dirname, 'unreached.cjs'), join(folder, 'unreached.js'));
  // Without this file, Node would treat index.js as an ES module.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  const licenses = [...stats.compilation.fileDependencies]
    .filter((file) => MANIFEST.test(file))
    .map(readLicense)
    .sort();
  writeFileSync(join(folder, 'licenses.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
}

function readLicense(manifest: string): string {
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
  const folder = dirname(manifest);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no license file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
