import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from '../../src/failure.ts';

test('the picture in README.md shows the title and the remedy that the action prints', () => {
  const path = 'docs/pictures/failure.svg';
  const picture = readFileSync(path, 'utf8');
  const text = picture.replace(/<[^>]+>|`/g, ' ').replace(/\s+/g, ' ');
  const [title, remedy] = FAILURES['not-found'];
  const shownRemedy = remedy.replaceAll('`', ' ').replace(/\s+/g, ' ');
  expect(picture.split(`>❌ ${title}<`), 'show the title in the annotation and in the job summary').toHaveLength(3);
  expect(text.split(shownRemedy), 'show the remedy in the annotation and in the job summary').toHaveLength(3);
  expect(readFileSync('README.md', 'utf8')).toContain(`(${path})`);
});
