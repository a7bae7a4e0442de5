import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const documents = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): string[] {
  const headings = [...readFileSync(document, 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(documents)('the links to files and headings in %s work', (document) => {
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

describe('the runtime dependencies', () => {
  test('are three @actions packages', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['@actions/core', '@actions/github', '@actions/http-client']);
  });

  test('and all packages in dist/ are listed in CONTRIBUTING.md', () => {
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
});
