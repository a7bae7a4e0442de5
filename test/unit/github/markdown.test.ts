import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeMarkdown } from '../../../src/github/markdown.ts';

/** The text that GitHub shows for character references. */
function render(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

test.each<[string, string, RegExp]>([
  ['HTML', '<script>alert(1)</script> <!-- -->', /[<>]/],
  ['a character reference', '&lt;script&gt; &#60;', /&(?!#\d+;)/],
  ['emphasis', '**bold** __bold__ _it_ a_ _b é_c_é ~~out~~', /[*~]|\W_|_\W|^_|_$/],
  ['a link', '[text](https://evil.example)', /[[\]]|:\/\//],
  ['an image', '![x](https://evil.example/x.png)', /[![\]]/],
  ['a URL, which GitHub links', 'see HTTPS://evil.example and ftp://evil.example', /:\/\//],
  ['a host, which GitHub links', 'see www.evil.example and WWW.evil.example', /www\./i],
  ['a mention of a person or team', '@octocat and @acme/on-call', /(?:@|&#64;)(?!&#8288;)/],
  ['a reference to an issue', 'acme/infra#1', /#(?!\d+;)/],
  ['the end of a table cell', 'a | b', /\|/],
  ['code', '`code` ``', /`/],
  ['a backslash', '\\| \\*', /\\/],
  ['a formula', '$x$ $$y$$', /\$/],
  ['a list', '- text', /^-/],
  ['a list with plus signs', '+ text', /^\+/],
  ['a numbered list', '12. text', /^\d+\./],
  ['a numbered list with parentheses', '3) text', /^\d+\)/],
])('the job summary escapes %s', (_, text, markup) => {
  expect(escapeMarkdown(text)).not.toMatch(markup);
  expect(render(escapeMarkdown(text)).replaceAll('\u2060', '')).toBe(text);
});

test.each(['plain text, (brackets) "quotes" 100 % a - b + c', 'workflow_dispatch', 'region us3: version 1.2 (3)'])(
  'leaves text without markup unchanged: %s',
  (text) => expect(escapeMarkdown(text)).toBe(text),
);

test('shows any text unchanged, but for the joiner behind an @, and leaves no markup in it', () => {
  const text = fc.string({ unit: fc.constantFrom(...'\\`*_~[]<>&|@#$!:/.-+()123awé '), maxLength: 12 });
  const isSafe = (line: string) => !/[\\`*~[\]<>|@$!]|&(?!#\d+;)|:\/\/|www\.|^[-+]|^\d+[.)]/.test(escapeMarkdown(line));
  const isShown = (line: string) => render(escapeMarkdown(line)) === line.replaceAll('@', '@\u2060');
  fc.assert(fc.property(text, (line) => isSafe(line) && isShown(line)));
});
