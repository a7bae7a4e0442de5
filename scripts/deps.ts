// Lists what is in dist/, with size and reason, and writes the list into CONTRIBUTING.md. (npm builds it first: see package.json.)
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledFolders } from './bundled.ts';

const REASONS: { readonly [name: string]: string } = {
  'datadog-opsgenie-account': 'The action itself, and `stubs/unreached`.',
  '@actions/core':
    'Inputs, masks, annotations, outputs, as the runner wants them escaped. Its only entry brings along what this action does not call: job summaries, OIDC, paths, the version of the system.',
  '@actions/http-client':
    "HTTPS through a company's proxy, as every other action does it. Brings redirects and authentication along, which are never used.",
  tunnel: "The proxy's part of @actions/http-client.",
  '@actions/github':
    'Its `context` says what started the run. In a file of its own, loaded while the request is under way; its Octokit is left out.',
};

const packages = [...bundledFolders()].map(([folder, bytes]) => {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const reason = REASONS[name];
  if (reason === undefined) throw new Error(`${name} is in dist/, and nothing says why`);
  return { name, version, bytes, reason };
});
const rows = packages
  .sort((a, b) => b.bytes - a.bytes)
  .map(({ name, version, bytes, reason }) => `| ${name} | ${version} | ${Math.round(bytes / 1000)} kB | ${reason} |`);
const table = ['| Package | Version | Source | Why |', '| --- | --- | --- | --- |', ...rows].join('\n');
console.log(table);

const PLACE = /(?<=<!-- npm run deps -->\n\n).*?(?=\n\n<!-- end -->)/s;
const text = readFileSync('CONTRIBUTING.md', 'utf8');
if (!PLACE.test(text)) throw new Error('CONTRIBUTING.md has no place for the list');
writeFileSync(
  'CONTRIBUTING.md',
  text.replace(PLACE, () => table),
);
