import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { launch } from '../support/fixtures.ts';
import { drawPicture, PICTURES } from '../support/pictures.ts';

// If a text has changed, run "npm run pictures" and copy the lines that it prints into the README.
test.for(PICTURES)('a picture in the README and its alternative text are what a run shows: %s', async (name) => {
  const { svg, alt } = await drawPicture(name, launch);
  const file = `docs/pictures/${name}.svg`;
  expect(readFileSync(file, 'utf8')).toBe(svg);
  expect(readFileSync('README.md', 'utf8')).toContain(`![${alt}](${file})`);
});
