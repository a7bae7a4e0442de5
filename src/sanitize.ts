/** Makes text safe to print: see {@link createSanitizer}. */
export type Sanitize = (text: string) => string;

/** The same as in the runner's own logs. */
const REDACTED = '***';

/** Shorter secrets are not redacted: that would eat ordinary words. */
const MIN_SECRET_LENGTH = 4;
/** The words of a secret with white space are redacted as well, from this length on. */
const MIN_WORD_LENGTH = 8;
/** Of a longer secret, only this much is matched. A longer key is never sent. */
const MAX_MATCHED_LENGTH = 500;

/**
 * Creates the function that all untrusted text passes through before it is printed. Its result
 * - is one line without control characters, colors, and characters that are invisible or change the direction;
 * - contains none of the secrets: as they are, in any letter case, without dashes, in hex, base64, base64url, or behind
 *   one layer of URL, JSON, JavaScript, or HTML escapes;
 * - is not a workflow command. The runner looks for `::name::` at the start of a line and for `##[name]` anywhere in it
 *   (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 *
 * It takes time linear in the length of the text.
 */
export function createSanitizer(secrets: readonly string[]): Sanitize {
  const redact = createRedactor(secrets);
  return (text) => {
    // Redact first, because an unfinished terminal sequence would swallow the start of a secret behind it.
    let line = redact(toPrintableLine(redact(text)));
    for (const read of READINGS) {
      const reading = read(line);
      const redacted = redact(reading);
      // Only if it held a secret. Otherwise, people would not recognize what the server wrote.
      if (redacted !== reading) line = redacted;
    }
    return defuseCommands(line);
  };
}

/** Other ways to read a line, in which a secret may appear. */
const READINGS = [joinWords, decodeLine, (line: string) => joinWords(decodeLine(line))];

/** Line breaks inside a secret have become spaces. */
function joinWords(line: string): string {
  return line.replaceAll(' ', '');
}

function decodeLine(line: string): string {
  return toPrintableLine(decodeEscapes(line));
}

/** Colors and cursor movements (CSI) and links (OSC). Node's stripVTControlCharacters takes quadratic time for some text. */
const TERMINAL_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u009d]*(?:[\u0007\u009c]|\u001b\\)/g;

function toPrintableLine(text: string): string {
  return text
    .toWellFormed()
    .replace(TERMINAL_SEQUENCE, '')
    .replace(/[\p{Cf}\p{DI}]|(?![\s\u0085])\p{Cc}/gu, '')
    .replace(/[\s\u0085]+/gu, ' ')
    .trim();
}

function defuseCommands(line: string): string {
  return line.replace(/:(?=:)/g, ': ').replace(/##\[/g, '## [');
}

function createRedactor(secrets: readonly string[]): (line: string) => string {
  // One secret can begin with another one, so the longest is replaced first.
  const lines = [...new Set(secrets.map(toPrintableLine))].sort(byLength);
  const patterns = lines
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .map((secret) => secretPattern(secret.slice(0, MAX_MATCHED_LENGTH)));
  // A key with white space is never sent, but its words can appear in other inputs. There may be thousands.
  const words = lines.filter((secret) => secret.includes(' ')).flatMap((secret) => secret.split(' '));
  const longWords = words.filter((word) => word.length >= MIN_WORD_LENGTH).sort(byLength);
  return (line) =>
    longWords.reduce(
      (rest, word) => rest.replaceAll(word, REDACTED),
      patterns.reduce((rest, pattern) => rest.replace(pattern, REDACTED), line),
    );
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

/** Matches a secret in all forms that are not escapes, in any letter case. */
function secretPattern(secret: string): RegExp {
  const forms = [secret, secret.replaceAll('-', ''), Buffer.from(secret).toString('hex')];
  const patterns = [
    ...forms.filter(({ length }) => length >= MIN_SECRET_LENGTH).map(RegExp.escape),
    ...base64Forms(secret).map((form) => {
      // In base64url, - and _ take the place of + and /.
      const either = form.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
      // The rest of the last group depends on what follows the secret.
      return `${either}[\\w+/-]?={0,2}`;
    }),
  ];
  return new RegExp(patterns.join('|'), 'gi');
}

/**
 * The part of the secret's base64 that does not depend on the neighboring bytes, for each of the three ways in which its
 * bytes can be grouped.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.from(`${' '.repeat(offset)}${secret}`);
    return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

const ESCAPE =
  /(?:%|\\x|\\u00)(\d[\da-f])|\\u\{0{0,4}(\d[\da-f])\}|&#x0{0,6}(\d[\da-f]);?|&#0{0,6}(\d{1,3});?|&(amp|lt|gt|quot|apos);|\\[bfnrtv]|\\([^\da-z])/gi;

const HTML_NAMES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Decodes one layer of escapes of ASCII and control characters: URL, JSON and JavaScript, HTML. */
function decodeEscapes(text: string): string {
  return text.replace(ESCAPE, (_, ...groups: (string | undefined)[]) => {
    const [hex, braced, html, decimal, name = '', character] = groups;
    const code = hex ?? braced ?? html;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (decimal !== undefined) return String.fromCharCode(Number(decimal));
    return character ?? HTML_NAMES[name.toLowerCase()] ?? ' '; // A control character.
  });
}
