// Draws the README's pictures from runs of dist/, and prints the lines that belong in the README.
import { writeFileSync } from 'node:fs';
import { drawPicture, PICTURES } from '../test/support/pictures.ts';

for (const name of PICTURES) {
  const { svg, alt } = await drawPicture(name);
  const file = `docs/pictures/${name}.svg`;
  writeFileSync(file, svg);
  console.log(`![${alt}](${file})`);
}
