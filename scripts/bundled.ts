import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

interface Module {
  readonly identifier?: string;
  readonly size?: number;
  readonly modules?: readonly Module[];
}

/**
 * What is in dist/, by the statistics of the last build: folders of packages, relative to the project, and `.` for its
 * own code, with their source in bytes. (The bundler's own list leaves out packages whose modules it has merged.)
 */
export function bundledFolders(): ReadonlyMap<string, number> {
  const { modules } = JSON.parse(readFileSync('build/stats.json', 'utf8')) as { modules: readonly Module[] };
  const files = new Map(modules.flatMap(filesOf));
  const folders = new Map<string, number>();
  for (const [file, size] of files) {
    const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0] ?? '.';
    const name = relative('.', folder) || '.';
    folders.set(name, (folders.get(name) ?? 0) + size);
  }
  return folders;
}

/** Each file of a module with its size; a module can be several that were merged into one. */
function filesOf({ identifier = '', size = 0, modules = [] }: Module): (readonly [string, number])[] {
  if (modules.length > 0) return modules.flatMap(filesOf);
  const file = identifier.slice(identifier.lastIndexOf('!') + 1);
  return /[\\/]/.test(file) && file.endsWith('.js') ? [[file, size]] : [];
}
