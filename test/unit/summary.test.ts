import { expect, test } from 'vitest';
import { type Story, summaryMarkdown } from '../../src/summary.ts';

const STORY: Story = {
  heading: 'Updated',
  subject: { site: 'datadoghq.eu', accountId: 'the-account', region: 'eu' },
  attempts: 2,
  happened: 'It worked.',
  details: ['one', 'two | <b>'],
  remedy: 'Nothing, `really`.',
  origin: { event: 'push', actor: 'octocat', secretsWithheld: undefined },
};

test('a summary tells everything, in order', () => {
  expect(summaryMarkdown(STORY, (text) => text.toUpperCase())).toBe(
    [
      '### Updated',
      '',
      '| | |',
      '| --- | --- |',
      '| Account | THE-ACCOUNT |',
      '| Site | DATADOGHQ.EU |',
      '| Region | EU |',
      '| Attempts | 2 |',
      '| Started by | OCTOCAT (PUSH) |',
      '',
      'IT WORKED.',
      '',
      '- ONE',
      '- TWO &#124; &#60;B&#62;',
      '',
      '**What to do:** Nothing, `really`.',
      '',
      '',
    ].join('\n'),
  );
});

test('a summary leaves out what there is not', () => {
  const story = {
    ...STORY,
    details: [],
    remedy: undefined,
    origin: undefined,
    subject: { ...STORY.subject, region: '' },
  };
  const summary = summaryMarkdown(story, (text) => text);
  expect(summary).toContain('| Region | – |\n| Attempts | 2 |\n| Started by | – |\n\nIt worked.\n\n');
  expect(summary).toMatch(/It worked\.\n\n$/);
});

test('a summary has room for any input', () => {
  const long = '<'.repeat(120_000);
  const story = { ...STORY, subject: { site: long, accountId: long, region: long } };
  expect(summaryMarkdown(story, (text) => text).length).toBeLessThan(10_000);
});
