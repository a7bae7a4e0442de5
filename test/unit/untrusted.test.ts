import { describe, expect, test } from 'vitest';
import { RunnerLog } from '../../simulation/runner-log.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { createCleaner, markdown, truncate } from '../../src/untrusted.ts';
import { ENCODINGS } from '../support/encodings.ts';

/** Keys, and texts with everything that some encoding treats in a way of its own. */
const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, 'a+b/c="d\\e$&', '>>>???>>>???', '12345678'];

const clean = createCleaner(SECRETS);

describe('clean text is one line that no one mistakes', () => {
  test.each([
    ['line feed', 'one\ntwo', 'one two'],
    ['carriage return', 'one\rtwo', 'one two'],
    ['both', 'one\r\n\r\ntwo', 'one two'],
    ['next line', 'one\u0085two', 'one two'],
    ['line separator', 'one\u2028two', 'one two'],
    ['paragraph separator', 'one\u2029two', 'one two'],
    ['vertical tab and form feed', 'one\v\ftwo', 'one two'],
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a link of the terminal', '\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007', 'here'],
    ['control characters', 'a\u0000b\u0008c\u007fd\u009be', 'abcde'],
    ['direction marks', 'user\u202etxt.exe', 'usertxt.exe'],
    ['invisible characters', 'a\u200bb\ufeffc\u00add\ufe0fe\u034ff\u3164g', 'abcdefg'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['other languages', 'Größe 大きさ 🙂', 'Größe 大きさ 🙂'],
    ['white space around', ' \t one ', 'one'],
  ])('%s', (_, text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe('clean text is no workflow command', () => {
  test.each([
    '::error::forged',
    '  \t::error::forged',
    '\u0085::add-mask::a',
    '\u2028::stop-commands::x',
    ':::error::forged',
    'text\n::error::forged',
    'text\r::error::forged',
    ':\u200b:error::forged',
    '##[error]forged',
    'text ##[stop-commands]x',
    '#\u0000#[error]forged',
    '##\u001b[31m[error]forged',
    '###[error]forged',
    '##[##[error]forged',
  ])('%j', (text) => {
    for (const prefix of ['', 'Datadog said: ', '- ']) {
      const log = new RunnerLog([], true);
      for (const line of (prefix + clean(text)).split(/\r\n|\r|\n/)) log.read(line);
      expect(log.annotations).toEqual([]);
      expect(log.commands).toEqual([]);
      expect(log.lines).toHaveLength(1);
    }
  });
});

describe('clean text holds no secret', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const shapes: { readonly [name: string]: (secret: string) => string } = {
    ...ENCODINGS,
    'lower case': (secret) => secret.toLowerCase(),
    'base64 behind one byte': (secret) => base64(`x${secret}`),
    'base64 behind two bytes': (secret) => base64(`xy${secret}z`),
    'upper case hex': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
    'escaped for a URL where needed': encodeURIComponent,
    'escaped for a URL, every character, in upper case': (secret) =>
      Buffer.from(secret.toUpperCase()).toString('hex').replace(/../g, '%$&'),
    'escaped for JSON where needed': (secret) => JSON.stringify(secret).slice(1, -1),
    'escaped for HTML, every character': (secret) =>
      [...secret].map((character) => `&#${character.charCodeAt(0)};`).join(''),
    'with invisible characters inside': (secret) => [...secret].join('\u200b'),
    'with colours inside': (secret) => `${secret.slice(0, 9)}\u001b[1m${secret.slice(9)}`,
  };
  describe.each(SECRETS)('%s', (secret) => {
    test.each(Object.entries(shapes))('%s', (_, shape) => {
      const cleaned = clean(`<<${shape(secret)}>>`);
      expect(cleaned).toMatch(/^<<\*{3}>>$/);
    });
  });

  test('but other text stays', () => {
    expect(clean('api_key must be a UUID such as 596da4af-0563-4097-90ff-07230c3f9db3')).toContain('596da4af');
    expect(createCleaner([])('nothing undefined to hide')).toBe('nothing undefined to hide');
    expect(clean('std::vector ##[0]')).toBe('std: :vector ## [0]');
  });

  test('nor a part of one that has several lines or is too long', () => {
    const cleaner = createCleaner(['-----BEGIN\n01234567\nabc', 'x'.repeat(100_000)]);
    expect(cleaner('BEGIN 01234567 abc')).toBe('BEGIN *** abc');
    expect(cleaner(`<${'x'.repeat(100_000)}>`)).toMatch(/^<\*+>$/);
  });

  test('a value of little but dashes does not either', () => {
    expect(createCleaner(['----------', '-a-b-c-d-'])('a-b abcd')).toBe('a-b abcd');
  });

  test('a value too short for a key does not eat words', () => {
    expect(createCleaner(['us1', 'test'])('test in us1')).toBe('test in us1');
  });
});

const ALMOST = SECRETS.flatMap((secret) => Object.values(ENCODINGS).map((encode) => encode(secret.slice(0, -1))));
test.each(['\\', '%', '0aa5ad53-', 'AAAA', '&#x0', ':', '##[', ...ALMOST])(
  'cleaning a text of the largest size takes no noticeable time: %j',
  { timeout: 2_000 },
  (part) => {
    clean(part.repeat(262_144 / part.length));
  },
);

describe('truncate', () => {
  test('leaves what fits', () => expect(truncate('12345', 5)).toBe('12345'));
  test('cuts the rest', () => expect(truncate('123456', 5)).toBe('1234…'));
  test('leaves a character that could not be read', () => expect(truncate('1\ufffd3456', 5)).toBe('1\ufffd34…'));
  test('leaves no half character', () => expect(truncate('123🙂🙂', 5)).toBe('123…'));
});

describe('markdown', () => {
  test('writes character references', () => {
    expect(markdown('<1. a>')).toBe('&#60;1. a&#62;');
    expect(markdown('12. a')).toBe('12&#46; a');
    expect(markdown('3) a')).toBe('3&#41; a');
    expect(markdown('- a - b')).toBe('&#45; a - b');
  });

  test.each(['plain text, (brackets) "quotes" 100 % a-b a_b', 'workflow_dispatch', 'version 1.2 (3)'])(
    'leaves %s as it is',
    (text) => {
      expect(markdown(text)).toBe(text);
    },
  );

  test.each([
    ['HTML', '<script>alert(1)</script>', /[<>]/],
    ['a character reference', '&lt;script&gt;', /&(?!#\d+;)/],
    ['emphasis', '**bold** __bold__ _it_ ~~out~~', /[*~]|\W_|_\W|^_|_$/],
    ['a link', '[text](https://evil.example)', /[[\]]|:\/\//],
    ['a picture', '![x](https://evil.example/x.png)', /[![\]]/],
    ['an address', 'see https://evil.example', /:\/\//],
    ['another address', 'see www.evil.example', /www\./],
    ['a cell', 'a | b', /\|/],
    ['code', '`code`', /`/],
    ['an escape', '\\|', /\\/],
    ['a mention', '@acme/on-call', /@/],
    ['a formula', '$x$', /\$/],
  ])('escapes %s', (_, text, markup) => {
    expect(markdown(text)).not.toMatch(markup);
  });
});
