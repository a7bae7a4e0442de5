import { stripVTControlCharacters } from 'node:util';

/** Makes one line of text safe to print: see {@link createCleaner}. */
export type Clean = (text: string) => string;

/** What stands in the place of a secret, as in the runner's own logs. */
const REDACTED = '***';

/**
 * No key is shorter or longer. To redact what is shorter would eat ordinary words; what is longer would make an
 * expression that is too large.
 */
export const KEY_LENGTH = { min: 8, max: 500 } as const;

/** The form of the ids of accounts, and usually of Opsgenie's keys. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes the function that all text goes through before it is printed, whoever wrote it. The result
 * - is one line without control, colour, direction or invisible characters;
 * - holds none of the secrets, raw or encoded. The runner masks too, but neither annotation titles nor other capitals,
 *   hex, base64url or a UUID without dashes;
 * - cannot be taken for a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]`
 *   anywhere in it (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 *
 * The order matters: taking characters out can bring the parts of a secret or of a command together.
 */
export function createCleaner(secrets: readonly string[]): Clean {
  const long = (part: string): boolean => part.length >= KEY_LENGTH.min;
  const keys = secrets
    .filter((secret) => long(secret) && !/\s/.test(secret))
    .map((key) => key.slice(0, KEY_LENGTH.max));
  // What holds white space was never sent, so that no server knows it, but could be shown as an input. There can be very
  // many parts, too many for an expression.
  const parts = secrets.filter((secret) => /\s/.test(secret)).flatMap((secret) => secret.split(/\s+/).filter(long));
  const plain = expressionOf(keys, RegExp.escape);
  // Finds all that the plain one does, but Node takes some 40 ms to compile it.
  let escaped: RegExp | undefined;
  return (text) => {
    const line = PRINTABLE.test(text) ? text : printable(text);
    if (ESCAPE.test(line)) escaped ??= expressionOf(keys, escapedCharacter);
    return parts
      .reduce((rest, part) => rest.replaceAll(part, REDACTED), line)
      .replace(escaped ?? plain, REDACTED)
      .replace(/:(?=:)/g, ': ')
      .replace(/##\[/g, '## [')
      .trim();
  };
}

/** Most text is already what {@link printable} makes of it, whose expressions take Node a while to compile. */
const PRINTABLE = /^[!-~]+(?: [!-~]+)*$/;

/** One line of characters that can be seen, each white space a single blank. */
function printable(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/[\p{Cf}\p{DI}]|(?![\s\u0085])\p{Cc}/gu, '')
    .replace(/[\s\u0085]+/gu, ' ');
}

/** Cuts text to a number of UTF-16 units, with an ellipsis in the place of what is cut. */
export function truncate(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, limit - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}

/** Characters that start something inside a line of GitHub's Markdown: markup, HTML, a mention, a link, a formula. */
const INLINE = /[\\`*~[\]<>&|@#$!]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)|(?<=www)\./;

/** Characters that make a list of a line that starts with them; all others that make a block are in INLINE. */
const BLOCK = /^[-+]|(?<=^\d{1,9})[.)]/;

const MARKUP = new RegExp(`${INLINE.source}|${BLOCK.source}`, 'gi');

/**
 * Escapes clean text for a paragraph, list item or table cell of GitHub's Markdown: what could be taken for markup
 * becomes a character reference, which is never read as syntax
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 */
export function markdown(text: string): string {
  return text.replace(MARKUP, (char) => `&#${char.charCodeAt(0)};`);
}

/** Without one of these, a text holds no escape that {@link escapedCharacter} knows. */
const ESCAPE = /[%\\&]/;

/** Finds keys in the shapes in which a server or a tool between may hand them back, in either capitals. */
function expressionOf(keys: readonly string[], characterPattern: (character: string) => string): RegExp {
  const never = '(?!)';
  return new RegExp([...keys.flatMap((key) => keyPatterns(key, characterPattern)), never].join('|'), 'giu');
}

function keyPatterns(key: string, characterPattern: (character: string) => string): string[] {
  const bytes = Buffer.from(key);
  // The dashes of a UUID may be missing.
  const optional = UUID.test(key) ? '-' : '';
  return [
    [...key].map((character) => characterPattern(character) + (character === optional ? '?' : '')).join(''),
    bytes.toString('hex'),
    ...[0, 1, 2].map((start) => base64Pattern(bytes, start)),
  ];
}

/** A character as it is, behind backslashes, or escaped for a URL, JSON, JavaScript or HTML. */
function escapedCharacter(character: string): string {
  // A set: two ways to match the same would be doubled by each character, and a hostile text could take forever.
  const codes = [...new Set([character.toLowerCase(), character.toUpperCase()])].map((letter) => letter.charCodeAt(0));
  const hex = codes.map((code) => code.toString(16)).join('|');
  const shapes = [
    `%(?:${hex})`,
    `\\\\{1,4}(?:u00|x)(?:${hex})`,
    `&#x0{0,6}(?:${hex});?`,
    `&#0{0,6}(?:${codes.join('|')});?`,
    `\\\\{0,4}${RegExp.escape(character)}`,
  ];
  return `(?:${shapes.join('|')})`;
}

/**
 * The base64 that every text holding the secret has in common, for one of the three ways its bytes can lie in groups
 * of three; the characters beside it, which the secret shares with its neighbours, go too.
 */
function base64Pattern(bytes: Buffer, start: number): string {
  const groups = bytes.subarray(start, start + Math.floor((bytes.length - start) / 3) * 3).toString('base64');
  const either = groups.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
  return `[\\w+/-]{0,4}${either}[\\w+/-]{0,4}={0,2}`;
}
