import { setSecret } from '@actions/core';
import { MAX_KEY_LENGTH } from '../key-form.ts';

/** Makes text safe to print: see {@link createSanitizer}. */
export type Sanitize = (text: string) => string;

/** The runner's logs use the same text. */
const REDACTED = '***';

/** Shorter lines of a secret are not masked or redacted. Otherwise, `{` would be masked in the whole job. */
const MIN_LINE_LENGTH = 4;
/** A secret is also found without its dashes if at least this many characters remain. */
const MIN_LENGTH_WITHOUT_DASHES = 8;

/** Registers the lines of secrets with the runner, which masks them in the log, the annotations, and the job summary. */
export function mask(secrets: readonly string[]): void {
  for (const line of linesOf(secrets)) setSecret(line);
}

/**
 * Creates the function that all text passes through before it is printed. Text from a server can echo a key by accident or
 * contain a workflow command. The result is one line
 * - without the secrets: raw, in upper or lower case, percent-encoded, or without dashes (the runner masks more forms);
 * - without control characters, and without characters that are invisible or change the direction;
 * - that is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
export function createSanitizer(secrets: readonly string[]): Sanitize {
  const patterns = linesOf(secrets)
    // One secret can begin with another secret, so the longest is redacted first.
    .sort((a, b) => b.length - a.length)
    .map((secret) => new RegExp(patternFor(secret), 'gi'));
  const redact = (line: string): string => patterns.reduce((rest, pattern) => rest.replace(pattern, REDACTED), line);
  return (text) => {
    const decoded = toLine(decode(text));
    const redacted = redact(decoded);
    // Text stays percent-encoded unless that hides a secret.
    const line = redacted === decoded ? redact(toLine(text)) : redacted;
    return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
  };
}

function linesOf(secrets: readonly string[]): string[] {
  const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/)).map((line) => line.trim());
  // Invisible characters do not count, because the sanitizer removes them.
  return [...new Set(lines)].filter((line) => toLine(line).length >= MIN_LINE_LENGTH);
}

/** Puts text on one line. Control characters that are not white space, and invisible ones, are removed. */
function toLine(text: string): string {
  // Most text is ASCII, and loading the Unicode tables for the rest takes a millisecond.
  const visible = /^[ -~]*$/.test(text) ? text : text.replace(/(?![\s\u0085])\p{Cc}|\p{Cf}|\p{DI}/gu, '');
  return visible.replace(/[\s\u0085]+/g, ' ').trim();
}

/** Decodes percent escapes. Invalid UTF-8 becomes replacement characters. */
function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}

/** Returns a pattern that matches a secret with or without its dashes. */
function patternFor(secret: string): string {
  // A longer value is never sent and can be too long for a pattern.
  const line = toLine(secret).slice(0, MAX_KEY_LENGTH).toWellFormed();
  const dashless = line.replaceAll('-', '');
  const forms = dashless.length >= MIN_LENGTH_WITHOUT_DASHES && dashless !== line ? [line, dashless] : [line];
  // `RegExp.escape` does not exist before Node 24, where this action only reports the old version.
  return forms.map((form) => form.replace(/[^\w\s]/g, '\\$&')).join('|');
}
