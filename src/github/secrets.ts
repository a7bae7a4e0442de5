import { setSecret } from '@actions/core';
import { MAX_KEY_LENGTH } from '../key-form.ts';

/** Makes text safe to print: see {@link createSanitizer}. */
export type Sanitize = (text: string) => string;

/** The same as in the runner's own logs. */
const REDACTED = '***';

/** Shorter values are neither masked nor redacted: they appear in ordinary words. */
const MIN_LENGTH = 4;
/** A secret is also found without its dashes if it is at least this long without them. */
const MIN_LENGTH_WITHOUT_DASHES = 8;

/** Registers the lines of secrets with the runner, which masks them in the log, the annotations and the job summary. */
export function mask(secrets: readonly string[]): void {
  const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/));
  for (const line of lines.filter(({ length }) => length >= MIN_LENGTH)) setSecret(line);
}

/**
 * Creates the function that all untrusted text passes through before it is printed. Its result
 * - is one line without control characters and characters that are invisible or change the direction;
 * - does not contain any of the secrets: as passed, in any letter case, without dashes, percent-encoded, in hex, or in base64
 *   (the runner masks more forms);
 * - is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
export function createSanitizer(secrets: readonly string[]): Sanitize {
  // Of a longer secret, only the start is found. It is never sent.
  const found = [...new Set(secrets.map((secret) => toLine(secret).slice(0, MAX_KEY_LENGTH).toWellFormed()))]
    .filter(({ length }) => length >= MIN_LENGTH)
    // One secret can begin with another one, so the longest is redacted first.
    .sort((a, b) => b.length - a.length)
    .map((secret) => new RegExp(formsOf(secret).join('|'), 'gi'));
  return (text) => {
    const line = found.reduce((rest, secret) => rest.replace(secret, REDACTED), toLine(text));
    return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
  };
}

/** Puts text on one line. Control characters that are not white space, and invisible ones, are removed. */
function toLine(text: string): string {
  // Most text is ASCII, and loading the Unicode tables for the rest takes a millisecond.
  const visible = /^[ -~]*$/.test(text) ? text : text.replace(/(?![\s\u0085])\p{Cc}|\p{Cf}/gu, '');
  return visible.replace(/[\s\u0085]+/g, ' ').trim();
}

/** Patterns for the forms of a secret that are redacted. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const dashless = secret.replaceAll('-', '');
  // A secret's base64 depends on its position among other bytes, except for the characters at either end.
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.from(`${' '.repeat(offset)}${secret}`);
    return shifted.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((shifted.length * 4) / 3));
  });
  const forms = [secret, encodeURIComponent(secret), hex.replace(/../g, '%$&'), hex, ...base64];
  if (dashless.length >= MIN_LENGTH_WITHOUT_DASHES) forms.push(dashless);
  // `RegExp.escape` does not exist before Node 24, where this action only reports that.
  return forms.map((form) => form.replace(/[^\w\s]/g, '\\$&'));
}
