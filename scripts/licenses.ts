// Writes dist/licenses.txt: the licence of every package that has code in dist/, by the statistics of the bundler.
// (The bundler's own list leaves out packages whose modules it has merged into one.)
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface Module {
  readonly identifier?: string;
  readonly modules?: readonly Module[];
}

const { modules } = JSON.parse(readFileSync('build/stats.json', 'utf8')) as { modules: readonly Module[] };
const licences = [...new Set(modules.flatMap(packagesOf))].map(licenceOf).sort();
writeFileSync('dist/licenses.txt', licences.join(`\n${'-'.repeat(80)}\n\n`));

/** Folders of the packages that a module, or the modules merged into it, comes from. */
function packagesOf({ identifier = '', modules: merged = [] }: Module): string[] {
  const file = identifier.slice(identifier.lastIndexOf('!') + 1);
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0];
  return [...(folder === undefined ? [] : [relative('.', folder)]), ...merged.flatMap(packagesOf)];
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
