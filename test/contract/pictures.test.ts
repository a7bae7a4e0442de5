import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURE_TITLES } from '../../src/failure.ts';
import { accountId } from '../../src/remedies.ts';

const FOLDER = 'docs/pictures';

test.each(readdirSync(FOLDER))(
  '%s shows a title and a remedy that the action prints, and the README shows the picture',
  (file) => {
    const picture = readFileSync(`${FOLDER}/${file}`, 'utf8');
    const title = Object.values(FAILURE_TITLES).find((text) => picture.includes(`<title>${text}: `));
    expect(title, 'begin <title> with a title from src/failure.ts').toBeDefined();
    expect(picture.split(`>❌ ${title}<`), 'show the title in the annotation and in the job summary').toHaveLength(3);
    expect(picture.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '), 'show the remedy').toContain(accountId('listed'));
    expect(readFileSync('README.md', 'utf8')).toContain(`(${FOLDER}/${file})`);
  },
);
