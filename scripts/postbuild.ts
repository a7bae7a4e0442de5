// Finishes dist/ after the bundler.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledFolders } from './bundled.ts';

// Without it, dist/index.js would be taken for an ES module, as the rest of this package is.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

// Two packages load parts of Node at once that no run needs, 5 of some 60 milliseconds: @actions/core takes hold of
// fs.promises for its job summary, which this action does not use (report.ts), and tunnel requires assert for nothing.
// If another version of them reads differently, the build ends here.
const LAZY = [
  {
    published: /^const \{ access, appendFile, writeFile \} = external_fs_\.promises;$/gm,
    changed:
      "const [access, appendFile, writeFile] = ['access', 'appendFile', 'writeFile'].map((name) => (...list) => external_fs_.promises[name](...list));",
  },
  { published: /^var assert = __nccwpck_require__\(\d+\);$/gm, changed: '' },
];
let bundle = readFileSync('dist/index.js', 'utf8');
for (const { published, changed } of LAZY) {
  const found = bundle.match(published) ?? [];
  if (found.length !== 1) throw new Error(`dist/index.js holds ${found.length} times: ${published}`);
  bundle = bundle.replace(
    published,
    `${changed} // Changed by scripts/postbuild.ts. As published: ${found[0]}`.trimStart(),
  );
}
writeFileSync('dist/index.js', bundle);

// dist/licenses.txt: the licence of every package that has code in dist/.
const licences = [...bundledFolders().keys()].filter((folder) => folder !== '.').map(licenceOf);
writeFileSync('dist/licenses.txt', licences.sort().join(`\n${'-'.repeat(80)}\n\n`));

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
