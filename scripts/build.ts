// Builds dist/: compiles src/, bundles it with its packages, and collects the packages' licenses. With --check, fails if
// dist/ was stale or is not committed: it is what users run.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ncc, { type Module } from '@vercel/ncc';

// No run can reach these modules. With them, dist/ would be eight times as large, and a run half as long again. Imports
// of them lead to scripts/unreached.cjs, where every use fails. No package's own code is changed.
const UNREACHED = [
  'undici', // @actions/http-client uses it in getAgentDispatcher, which only Octokit calls; @actions/github in Octokit
  '@octokit/core', // the Octokit of @actions/github, of which this action uses only `context`
  '@octokit/plugin-paginate-rest',
  '@octokit/plugin-rest-endpoint-methods',
  'assert', // tunnel imports this part of Node and never calls it
  './oidc-utils.js', // parts of @actions/core that this action does not use
  './path-utils.js',
  './platform.js',
  './summary.js',
];

if (import.meta.main) {
  const before = readDist();
  for (const folder of ['build', 'dist']) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
  // The bundler's own TypeScript loader does not work with TypeScript 7.
  execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit', shell: process.platform === 'win32' });
  const modules = await bundle(join(process.cwd(), 'build/main.js'), 'dist');
  const licenses = [...new Set(modules.flatMap(packageFolders))].map(licenseOf).sort();
  writeFileSync('dist/licenses.txt', licenses.join(`\n${'-'.repeat(80)}\n\n`));

  if (process.argv.includes('--check')) {
    // Untracked files count as well: a bundle can gain files.
    const uncommitted = execFileSync('git', ['status', '--porcelain', '--', 'dist'], { encoding: 'utf8' });
    const isStale = readDist() !== before;
    if (isStale) console.error('dist/ was not what the source builds. It has been rebuilt: commit it with the source.');
    else if (uncommitted !== '') console.error(`dist/ differs from HEAD: commit it.\n${uncommitted}`);
    if (isStale || uncommitted !== '') process.exitCode = 1;
  }
}

/** The names and contents of all files in dist/. */
function readDist(): string {
  const files = existsSync('dist') ? readdirSync('dist').sort() : [];
  return files.map((file) => `${file}\n${readFileSync(join('dist', file), 'utf8')}`).join('\n');
}

/** Bundles a compiled program and its packages into a folder, as `index.js`. Returns the modules in the bundle. */
export async function bundle(program: string, folder: string): Promise<readonly Module[]> {
  const { code, assets, stats } = await ncc(program, {
    cache: false,
    quiet: true,
    esm: false, // CommonJS starts a little faster than an ES module.
    externals: Object.fromEntries(UNREACHED.map((name) => [name, './unreached.js'])),
  });
  writeFileSync(join(folder, 'index.js'), code);
  for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(folder, name), source);
  copyFileSync(join(import.meta.dirname, 'unreached.cjs'), join(folder, 'unreached.js'));
  // Without it, Node would take dist/index.js for an ES module, as the rest of this package is.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return stats.toJson({ all: false, modules: true, nestedModules: true, ids: true }).modules;
}

/** The folders of the packages in a module. The bundler merges modules; an identifier is a file behind its loaders. */
function packageFolders({ identifier = '', modules: nested = [] }: Module): string[] {
  if (nested.length > 0) return nested.flatMap(packageFolders);
  return (
    /(?<=^|[!|])[^!|]*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[^!]*$)/.exec(identifier)?.slice(0, 1) ?? []
  );
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no license file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
