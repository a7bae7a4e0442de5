import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const DOCUMENTS = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

/** Returns the anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): string[] {
  const headings = [...readFileSync(document, 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(DOCUMENTS)('%s links only to files and headings that exist', (document) => {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
  for (const [link, path = '', anchor] of links) {
    const target = path === '' ? document : join(dirname(document), path);
    expect([link, existsSync(target)]).toEqual([link, true]);
    if (anchor !== undefined) expect([link, anchorsOf(target)]).toEqual([link, expect.arrayContaining([anchor])]);
  }
});

test('CHANGELOG.md has an entry for the version of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`\n## ${version}`);
});

test('the action depends on exactly three @actions packages at run time', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(Object.keys(dependencies)).toEqual(['@actions/core', '@actions/github', '@actions/http-client']);
});

test('CONTRIBUTING.md lists every package in dist/ with its version', () => {
  const [, table = ''] =
    /<!-- packages in dist -->\s+\| Package \| Version \| Why \|\n\| --- \| --- \| --- \|\n(.*?)\s+<!-- end -->/s.exec(
      readFileSync('CONTRIBUTING.md', 'utf8'),
    ) ?? [];
  const listed = table.split('\n').map((row) => {
    const [, name, version, why] = /^\| (\S+) \| (\S+) \| (.+) \|$/.exec(row) ?? [];
    return { name, version, isExplained: why !== undefined };
  });
  const licenses = readFileSync('dist/licenses.txt', 'utf8').split(`\n${'-'.repeat(80)}\n\n`);
  const packages = licenses.map((license) => {
    const [, name, version] = /^(\S+) (\S+) \(.+\)\n/.exec(license) ?? [];
    return { name, version, isExplained: true };
  });
  expect(listed).toEqual(packages);
});
