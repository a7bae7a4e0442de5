import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const documents = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

/** The anchors that GitHub gives the headings of a document. */
function anchors(document: string): string[] {
  const headings = [...readFileSync(document, 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(documents)('every link inside this repository leads somewhere: %s', (document) => {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
  for (const [link, path = '', anchor] of links) {
    const target = path === '' ? document : join(dirname(document), path);
    expect([link, existsSync(target)]).toEqual([link, true]);
    if (anchor !== undefined) expect([link, anchors(target)]).toEqual([link, expect.arrayContaining([anchor])]);
  }
});

test('the changelog knows the version of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`\n## ${version}`);
});
