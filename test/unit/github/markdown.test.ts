import { describe, expect, test } from 'vitest';
import { escapeMarkdown, summaryMarkdown } from '../../../src/github/markdown.ts';

test('a summary has a table whose header is its first row, and everything in it is escaped', () => {
  const cells = { Account: 'the-account', Region: '<b>|', 'Started by': '' };
  expect(summaryMarkdown('Updated', cells, '@octocat *failed*.', ['one', 'two | <b>'], 'Nothing, `really`.')).toBe(
    [
      ...['### Updated', '', '| Account | the-account |', '| --- | --- |', '| Region | &#60;b&#62;&#124; |'],
      ...['| Started by | – |', '', '&#64;octocat &#42;failed&#42;.', '', '- one', '- two &#124; &#60;b&#62;', ''],
      ...['**What to do:** Nothing, `really`.', '', ''],
    ].join('\n'),
  );
});

test('a summary leaves out what there is nothing to say about', () => {
  expect(summaryMarkdown('Updated', { Account: 'a' }, 'It worked.')).toBe(
    '### Updated\n\n| Account | a |\n| --- | --- |\n\nIt worked.\n\n',
  );
});

describe('escapeMarkdown', () => {
  test('writes character references', () => {
    expect(escapeMarkdown('<1. a>')).toBe('&#60;1. a&#62;');
  });

  test.each([
    ['12. a', '12&#46; a'],
    ['3) a', '3&#41; a'],
    ['- a - b', '&#45; a - b'],
    ['+ a + b', '&#43; a + b'],
  ])('escapes a list marker only at the start: %s', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  test.each(['plain text, (brackets) "quotes" 100 % a-b a_b', 'workflow_dispatch', 'version 1.2 (3)'])(
    'leaves other text unchanged: %s',
    (text) => {
      expect(escapeMarkdown(text)).toBe(text);
    },
  );

  test.each([
    ['HTML', '<script>alert(1)</script>', /[<>]/],
    ['a character reference', '&lt;script&gt;', /&(?!#\d+;)/],
    ['emphasis', '**bold** __bold__ _it_ ~~out~~', /[*~]|\W_|_\W|^_|_$/],
    ['a heading', '# text', /#(?!\d+;)/],
    ['a quotation', '> text', />/],
    ['a link', '[text](https://evil.example)', /[[\]]|:\/\//],
    ['an image', '![x](https://evil.example/x.png)', /[![\]]/],
    ['a URL', 'see https://evil.example', /:\/\//],
    ['a host that GitHub would link', 'see www.evil.example', /www\./],
    ['the end of a table cell', 'a | b', /\|/],
    ['code', '`code`', /`/],
    ['a backslash', '\\|', /\\/],
    ['a mention', '@acme/on-call', /@/],
    ['a formula', '$x$', /\$/],
  ])('escapes %s', (_, text, markup) => {
    expect(escapeMarkdown(text)).not.toMatch(markup);
  });
});
