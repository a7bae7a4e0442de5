/** Characters that start something inside a line of GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;

/** Characters that turn a line into a list if it starts with them. INLINE has all others that start a block. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;

const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');

/** Prevents GitHub from turning what follows an @ into a mention or a mail address. */
const WORD_JOINER = '&#8288;';

/**
 * Escapes one line of text for a paragraph, list item, or table cell of GitHub's Markdown. Whatever could be markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
export function escapeMarkdown(text: string): string {
  return text.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};${character === '@' ? WORD_JOINER : ''}`);
}
