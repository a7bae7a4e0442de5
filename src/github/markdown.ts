/** Characters that start inline syntax in GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;

/** Characters that start a list at the beginning of a line. INLINE has all other characters that start a block. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;

const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');

/** Prevents GitHub from turning what follows an @ into a mention or an email address. */
const WORD_JOINER = '&#8288;';

/**
 * Escapes one line of text for a paragraph, list item, or table cell of GitHub's Markdown. Possible markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
export function escapeMarkdown(text: string): string {
  return text.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};${character === '@' ? WORD_JOINER : ''}`);
}
