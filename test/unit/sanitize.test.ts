import { describe, expect, test } from 'vitest';
import { RunnerLog } from '../../simulation/runner-log.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { render } from '../../src/json.ts';
import { createSanitizer } from '../../src/sanitize.ts';
import { ENCODINGS } from '../support/encodings.ts';

/** Keys, and values with characters that an encoding or a regular expression treats in a special way. */
const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, 'a+b/c="d\\e$&', '>>>???>>>???', '12345678', '<\'p&"ss`(w)>'];

const sanitize = createSanitizer(SECRETS);

type Form = (secret: string) => string;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Writes each character in another way, given its code in two hexadecimal digits. */
function escapeAll(secret: string, escapeHex: (hex: string) => string): string {
  return [...secret].map((character) => escapeHex(character.charCodeAt(0).toString(16).padStart(2, '0'))).join('');
}

describe('the result is one line of visible text', () => {
  test.each([
    ['a line feed', 'one\ntwo', 'one two'],
    ['a carriage return', 'one\rtwo', 'one two'],
    ['several line breaks', 'one\r\n\r\ntwo', 'one two'],
    ['the control character for a new line', 'one\u0085two', 'one two'],
    ['a line separator', 'one\u2028two', 'one two'],
    ['a paragraph separator', 'one\u2029two', 'one two'],
    ['a vertical tab and a form feed', 'one\v\ftwo', 'one two'],
    ['white space around the text', ' \t one ', 'one'],
    ['colors', '\u001b[31mred\u001b[0m', 'red'],
    ['colors in their one-byte form', '\u009b1;31mred\u009b0m', 'red'],
    ['cursor movements', 'one\u001b[2K\u001b[1Atwo', 'onetwo'],
    ['a terminal link', '\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007', 'here'],
    ['a terminal link with the other ending', '\u001b]8;;https://evil.example\u001b\\here\u001b]8;;\u001b\\', 'here'],
    ['an unfinished terminal link', 'one\u001b]8;;two', 'one]8;;two'],
    ['control characters', 'a\u0000b\u0008c\u007fd\u0080e', 'abcde'],
    ['direction marks', 'user\u202etxt.exe', 'usertxt.exe'],
    ['invisible characters', 'a\u200bb\ufeffc\u00add\ufe0fe\u034ff\u3164g', 'abcdefg'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['other languages and emoji', 'Größe 大きさ 🙂', 'Größe 大きさ 🙂'],
  ])('%s', (_, text, expected) => {
    expect(sanitize(text)).toBe(expected);
  });
});

describe('the result is not a workflow command', () => {
  test.each([
    '::error::forged',
    '  \t::error::forged',
    '\u0085::add-mask::a',
    '\u2028::stop-commands::x',
    ':::error::forged',
    'text\n::error::forged',
    'text\r::error::forged',
    ':\u200b:error::forged',
    ':\u001b[0m:error::forged',
    '##[error]forged',
    'text ##[stop-commands]x',
    '#\u0000#[error]forged',
    '##\u001b[31m[error]forged',
    '###[error]forged',
    '##[##[error]forged',
    // Decoded, because it holds a secret.
    `%3a%3aerror%3a%3a${escapeAll(KEYS.opsgenie, (hex) => `%${hex}`)}`,
    `%23%23%5berror]${escapeAll(KEYS.opsgenie, (hex) => `%${hex}`)}`,
  ])('%j', (text) => {
    for (const prefix of ['', 'Datadog said: ', '- ']) {
      const log = new RunnerLog([], true);
      for (const line of (prefix + sanitize(text)).split(/\r\n|\r|\n/)) log.read(line);
      expect(log.annotations).toEqual([]);
      expect(log.commands).toEqual([]);
      expect(log.lines).toHaveLength(1);
    }
  });
});

test('markers of workflow commands get a blank', () => {
  expect(sanitize('std::vector ##[0] a:::b')).toBe('std: :vector ## [0] a: : :b');
});

/** Forms in which every character of a secret is replaced. */
const FORMS: { readonly [name: string]: Form } = {
  ...ENCODINGS,
  'in lower case': (secret) => secret.toLowerCase(),
  'in hex, in upper case': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'in base64 with line breaks': (secret) => base64(secret).replaceAll(/.{4}/g, '$&\r\n'),
  'with URL escapes where needed': encodeURIComponent,
  'with URL escapes of all characters': (secret) => escapeAll(secret, (hex) => `%${hex}`),
  'with URL escapes in upper case': (secret) => escapeAll(secret, (hex) => `%${hex.toUpperCase()}`),
  'in upper case, with URL escapes': (secret) => escapeAll(secret.toUpperCase(), (hex) => `%${hex}`),
  'with JSON escapes where needed': (secret) => JSON.stringify(secret).slice(1, -1),
  'with JSON escapes of slashes, too': (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'written as \\u00HH': (secret) => escapeAll(secret, (hex) => `\\u00${hex}`),
  'written as \\xHH': (secret) => escapeAll(secret, (hex) => `\\x${hex}`),
  'written as \\u{HH}': (secret) => escapeAll(secret, (hex) => `\\u{${hex}}`),
  'written as \\u{0000HH}': (secret) => escapeAll(secret, (hex) => `\\u{0000${hex}}`),
  'with HTML escapes where needed': (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
  'with HTML escapes in decimal': (secret) => escapeAll(secret, (hex) => `&#${Number.parseInt(hex, 16)};`),
  'with HTML escapes in decimal, with zeros': (secret) =>
    escapeAll(secret, (hex) => `&#000${Number.parseInt(hex, 16)};`),
  'with HTML escapes in decimal, without semicolons': (secret) =>
    escapeAll(secret, (hex) => `&#${Number.parseInt(hex, 16)}`),
  'with HTML escapes in hex, without semicolons': (secret) => escapeAll(secret, (hex) => `&#x${hex}`),
  'with HTML escapes in hex': (secret) => escapeAll(secret, (hex) => `&#x${hex};`),
  'with HTML escapes in hex, in upper case, with zeros': (secret) =>
    escapeAll(secret, (hex) => `&#X00${hex.toUpperCase()};`),
};

/** Characters that do not show, put between the characters of a secret. */
const SEPARATORS: { readonly [name: string]: string } = {
  'line feeds': '\n',
  'Windows line breaks': '\r\n',
  'blank lines': '\n\n',
  tabs: '\t',
  'line separators': '\u2028',
  'control characters': '\u0001',
  'control characters for a new line': '\u0085',
  'null characters': '\0',
  'backspace characters': '\b',
  'invisible characters': '\u200b',
  colors: '\u001b[1;31m',
  'colors in their one-byte form': '\u009b31m',
  'terminal links': '\u001b]8;;https://example.com\u0007',
};

describe.each(SECRETS)('the result does not contain %s', (secret) => {
  test.each(Object.entries(FORMS))('%s', (_, form) => {
    expect(sanitize(`<<${form(secret)}>>`)).toBe('<<***>>');
  });

  describe.each(Object.entries(SEPARATORS))('with %s between its characters', (_, separator) => {
    const text = [...secret].join(separator);

    test('as they are', () => {
      expect(sanitize(`<<${text}>>`)).toBe('<<***>>');
    });

    test('as an unknown error object is rendered', () => {
      expect(sanitize(render({ a: { b: [`<<${text}>>`] } }))).toContain('<<***>>');
    });
  });

  describe.each([
    ['base64', 'base64'],
    ['base64url', 'base64url'],
  ] as const)('in %s', (_, encoding) => {
    test.each([
      ['', ''],
      ['x', ''],
      ['xy', ''],
      ['xyz', ''],
      ['', 'z'],
      ['x', 'yz'],
      ['xy', 'z'],
      ['GenieKey ', '\n'],
      ['user:', '@host and more text'],
    ])('after %j and before %j', (before, after) => {
      const encoded = Buffer.from(before + secret + after).toString(encoding);
      const result = sanitize(encoded);
      expect(result).toContain('***');
      // At each end, one character depends on both the secret and its neighbor.
      const own = Buffer.from(secret).length;
      const hidden = encoded.length - result.replace('***', '').replaceAll('=', '').length;
      expect(hidden).toBeGreaterThanOrEqual(Math.floor((own * 8) / 6) - 1);
    });
  });

  test('several times, in several forms', () => {
    const forms = Object.values(FORMS).map((form) => form(secret));
    expect(sanitize(forms.join(' | ')).replaceAll(' ', '')).toBe(forms.map(() => '***').join('|'));
  });
});

describe('a text', () => {
  test('keeps its blanks if the secret in it is intact', () => {
    expect(sanitize(`one two ${KEYS.opsgenie} three`)).toBe('one two *** three');
  });

  test('loses all its blanks if there is a line break in the secret', () => {
    expect(sanitize(`one two ${KEYS.opsgenie.replace('-', '\n-')} three`)).toBe('onetwo***three');
  });
});

describe('decoding', () => {
  const escaped = escapeAll(KEYS.opsgenie, (hex) => `%${hex}`);

  test.each(['%41 and \\u0042', '&lt;b&gt; &amp; &#67;', 'C:\\temp\\new', '100 %25', `${KEYS.before} %41`])(
    'leaves text without a secret as the server wrote it: %s',
    (text) => {
      expect(sanitize(text)).toBe(text);
    },
  );

  test('leaves the rest of a text as the server wrote it if the secret is not escaped', () => {
    expect(sanitize(`%41 ${KEYS.opsgenie} &lt;`)).toBe('%41 *** &lt;');
  });

  test('decodes all of a text that holds an escaped secret', () => {
    expect(sanitize(`%41 ${escaped} &lt;`)).toBe('A *** <');
    expect(sanitize(`one\\ntwo\\"three ${escaped}`)).toBe('one two"three ***');
  });

  test('decodes one layer', () => {
    expect(sanitize(`%2541 ${escaped}`)).toBe('%41 ***');
    expect(sanitize(`\\\\u0041 ${escaped}`)).toBe('\\u0041 ***');
  });

  test('leaves unknown and malformed escapes as they are', () => {
    const text = '%zz &copy; &#; &#x; \\u{} \\u12';
    expect(sanitize(`${text} ${escaped}`)).toBe(`${text} ***`);
  });
});

describe('several secrets', () => {
  test.each([
    ['one is the beginning of another', 'abcdefgh', 'abcdefgh-ijklmnop'],
    ['one is the end of another', 'ijklmnop', 'abcdefgh-ijklmnop'],
    ['one is in the middle of another', 'efgh-ijkl', 'abcdefgh-ijklmnop'],
  ])('%s: the longer one is replaced first', (_, short, long) => {
    for (const secrets of [
      [short, long],
      [long, short],
    ]) {
      const redact = createSanitizer(secrets);
      expect(redact(`<${long}> <${short}>`)).toBe('<***> <***>');
      expect(redact(`<${escapeAll(long, (hex) => `%${hex}`)}>`)).toBe('<***>');
    }
  });

  test('are all replaced', () => {
    expect(sanitize(SECRETS.join(' and '))).toBe(SECRETS.map(() => '***').join(' and '));
  });
});

describe('a secret', () => {
  test('of 4 characters is replaced, such as a proxy password', () => {
    expect(createSanitizer(['pä$s'])('the password is pä$s.')).toBe('the password is ***.');
  });

  test.each(['\u001b[', '\u009b', '\u001b[1;'])(
    'is replaced directly behind an unfinished terminal sequence: %j',
    (sequence) => {
      expect(sanitize(`${sequence}${KEYS.opsgenie}`)).not.toContain(KEYS.opsgenie.slice(-30));
    },
  );

  test('of fewer characters is not, because ordinary words would be', () => {
    expect(createSanitizer(['us1', 'eu'])('eu is not us1')).toBe('eu is not us1');
  });

  test('whose form without dashes is that short is replaced only as it is', () => {
    expect(createSanitizer(['----------', '-a-b-c-'])('abc, -a-b-c-, -, ----------')).toBe('abc, ***, -, ***');
  });

  test('with white space is replaced as a whole, whatever the white space becomes', () => {
    const redact = createSanitizer(['one two\nsix']);
    expect(redact('<one two\nsix> <one two six> <one\t two \u0001 six>')).toBe('<***> <***> <***>');
  });

  test('with white space is replaced word by word, if a word has 8 or more characters', () => {
    const redact = createSanitizer(['-----BEGIN\n01234567\nabcdefg']);
    expect(redact('-----BEGIN and 01234567 and abcdefg')).toBe('*** and *** and abcdefg');
  });

  test('with white space is replaced word by word, the longest word first', () => {
    const redact = createSanitizer(['abcdefgh abcdefghij bcdefghi']);
    expect(redact('abcdefghij, abcdefgh, bcdefghi')).toBe('***, ***, ***');
  });

  test('of more than 500 characters is matched by the first 500', () => {
    const secret = Array.from({ length: 200 }, (_, index) => `${index}`.padStart(5, 'x')).join('');
    expect(createSanitizer([secret])(`<${secret.slice(0, 500)}>`)).toBe('<***>');
  });

  test('that is not there changes nothing', () => {
    const text = 'api_key must be a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3';
    expect(sanitize(text)).toBe(text);
    expect(createSanitizer([])('undefined')).toBe('undefined');
    expect(createSanitizer(['', ' '])('a b')).toBe('a b');
  });
});

/** As large as the largest body that is read. */
const MIB = 1024 * 1024;

const ALMOST_A_KEY = KEYS.opsgenie.slice(0, -1);

test.each([
  '\u001b',
  '\u001b]8;;',
  '\u001b[',
  '\u001b[0;',
  '\u009b',
  '\u009d',
  '%',
  '%2',
  '\\',
  '\\u',
  '\\u00',
  '\\u{0',
  '\\u{0000',
  '\\x',
  '&',
  '&#',
  '&#0',
  '&#x',
  '&#x000000',
  '&quo',
  ' ',
  '\n',
  ' \u0001',
  ':',
  '#',
  '##[',
  'A',
  '=',
  '*',
  ...Object.values(FORMS).flatMap((form) => [form(ALMOST_A_KEY), form(KEYS.opsgenie)]),
  ...Object.values(SEPARATORS).flatMap((separator) => [separator, [...ALMOST_A_KEY].join(separator)]),
])('1 MiB of hostile text takes linear time: %j', { timeout: 5_000 }, (part) => {
  expect(sanitize(part.repeat(MIB / part.length)).length).toBeLessThanOrEqual(2 * MIB);
});
