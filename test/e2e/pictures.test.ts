import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { launch } from '../support/fixtures.ts';
import { drawPicture, fingerprint, PICTURES, readNote } from '../support/pictures.ts';

test.for(PICTURES)(
  'the picture in README shows a run as it is ("npm run pictures" takes it anew): %s',
  async (name) => {
    const { html, alt } = await drawPicture(name, launch);
    const file = `docs/pictures/${name}.webp`;
    expect(readNote(readFileSync(file))).toBe(fingerprint(html));
    expect(readFileSync('README.md', 'utf8')).toContain(`![${alt}](${file})`);
  },
);
