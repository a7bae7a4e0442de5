// Makes room for a build.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

for (const folder of ['build', 'dist']) rmSync(folder, { recursive: true, force: true });
mkdirSync('build');
// A package that names no type: only then does the bundler make CommonJS, which starts a little faster than an ES module.
writeFileSync('build/package.json', '{}\n');
