// Finishes dist/ after the bundler.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledFolders } from './bundled.ts';

// Without it, dist/index.js would be taken for an ES module, as the rest of this package is.
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');

// @actions/core takes hold of fs.promises when it is imported, for its job summary, which this action does not use
// (report.ts). Node then loads eleven more modules, readline among them: 3 of some 60 milliseconds. So it takes hold of
// them when they are called. If another version of the package reads differently, the build ends here.
const EAGER = 'const { access, appendFile, writeFile } = external_fs_.promises;';
const LAZY = `// Changed by scripts/postbuild.ts, which says why; as published: ${EAGER}
const [access, appendFile, writeFile] = ['access', 'appendFile', 'writeFile'].map((name) => (...list) => external_fs_.promises[name](...list));`;
const bundle = readFileSync('dist/index.js', 'utf8');
if (bundle.split(EAGER).length !== 2) throw new Error(`dist/index.js does not hold, once: ${EAGER}`);
writeFileSync('dist/index.js', bundle.replace(EAGER, LAZY));

// dist/licenses.txt: the licence of every package that has code in dist/.
const licences = [...bundledFolders().keys()].filter((folder) => folder !== '.').map(licenceOf);
writeFileSync('dist/licenses.txt', licences.sort().join(`\n${'-'.repeat(80)}\n\n`));

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
