import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunnerLog } from '../../../simulation/runner-log.ts';
import { KEYS } from '../../../simulation/scenario.ts';
import { createSanitizer } from '../../../src/github/secrets.ts';

/** A key, and values with characters that an encoding or a regular expression treats in a special way. */
const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, 'a+b/c="d\\e$&', '>>>???>>>???', 'p@ss:wörd'];

const sanitize = createSanitizer(SECRETS);

function escapeAll(secret: string): string {
  return Buffer.from(secret).toString('hex').replace(/../g, '%$&');
}

describe('sanitized text is one line without invisible characters', () => {
  test.each([
    ['line breaks', 'one\r\n\r\ntwo\rthree', 'one two three'],
    ['the control character for a new line', 'one\u0085two', 'one two'],
    ['a line separator', 'one\u2028two', 'one two'],
    ['white space around the text', ' \t one ', 'one'],
    ['colors', '\u001b[31mred', '[31mred'],
    ['control characters', 'a\u0000b\u0008c\u007fd\u0080e', 'abcde'],
    ['direction marks', 'user\u202etxt.exe', 'usertxt.exe'],
    ['zero-width characters', 'a\u200bb\ufeffc\u00add', 'abcd'],
    ['other languages and emoji', 'Größe 大きさ 🙂', 'Größe 大きさ 🙂'],
  ])('%s', (_, text, expected) => {
    expect(sanitize(text)).toBe(expected);
  });
});

describe('sanitized text is never a workflow command', () => {
  test.each([
    '::error::forged',
    '  \t::error::forged',
    '\u0085::add-mask::a',
    ':::error::forged',
    'text\r::error::forged',
    ':\u200b:error::forged',
    '##[error]forged',
    'text ##[stop-commands]x',
    '#\u0000#[error]forged',
    '###[error]forged',
    '##[##[error]forged',
  ])('%j', (text) => {
    for (const prefix of ['', 'Datadog said: ', '- ']) {
      const log = new RunnerLog([], true);
      for (const line of (prefix + sanitize(text)).split(/\r\n|\r|\n/)) log.read(line);
      expect([log.annotations, log.commands, log.lines.length]).toEqual([[], [], 1]);
    }
  });

  test('because spaces break up its markers', () => {
    expect(sanitize('std::vector ##[0] a:::b')).toBe('std: :vector ## [0] a: : :b');
  });

  test('whatever the text is', () => {
    const parts = ['::', ':', 'error', '##', '[', ']', '\r', '\n', '\u200b', '\u001b', ' ', ...SECRETS];
    const text = fc
      .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...parts)))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, (hostile) => {
        const log = new RunnerLog([], true);
        log.read(sanitize(hostile));
        expect([log.annotations, log.commands]).toEqual([[], []]);
        expect(SECRETS.filter((secret) => sanitize(hostile).includes(secret))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe.each(SECRETS)('the secret %s is redacted', (secret) => {
  test.each<[string, string]>([
    ['as it was passed', secret],
    ['in upper case', secret.toUpperCase()],
    ['percent-encoded where needed', encodeURIComponent(secret)],
    ['percent-encoded in full', escapeAll(secret)],
    ['percent-encoded in upper case', escapeAll(secret).toUpperCase()],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['with an invisible character inside', `${secret.slice(0, 3)}\u200b${secret.slice(3)}`],
  ])('%s', (_, form) => {
    expect(sanitize(`<${form}|${form}>`)).toBe('<***|***>');
  });

  test.each(['', 'x', 'xy', 'svc-user:'])('in base64, behind %j', (before) => {
    expect(sanitize(Buffer.from(`${before}${secret}`).toString('base64'))).toContain('***');
  });
});

describe('a secret', () => {
  test('is redacted without its dashes', () => {
    expect(sanitize(`<${KEYS.opsgenie.replaceAll('-', '')}>`)).toBe('<***>');
  });

  test('that is short without its dashes is redacted only with them', () => {
    expect(createSanitizer(['a-b-c'])('abc a-b-c')).toBe('abc ***');
  });

  test('of four characters is redacted, such as a proxy password', () => {
    expect(createSanitizer(['main'])('the main branch')).toBe('the *** branch');
  });

  test('of fewer characters is not redacted, because it appears in ordinary words', () => {
    expect(createSanitizer(['abc', ''])('abcdef')).toBe('abcdef');
  });

  test('with white space is redacted, whatever the white space becomes', () => {
    expect(createSanitizer(['two\r\nlines'])('<two\tlines>')).toBe('<***>');
  });

  test.each([
    [['secret-key', 'secret-key-2'], 'secret-key-2 secret-key', '*** ***'],
    [['secret-key-2', 'secret-key'], 'secret-key-2 secret-key', '*** ***'],
    [['key-one-1', 'key-one-1'], 'key-one-1', '***'],
  ])('that starts with another secret is redacted completely: %j', (secrets, text, expected) => {
    expect(createSanitizer(secrets)(text)).toBe(expected);
  });
});

test('a secret of any allowed length is redacted as a whole', () => {
  const secret = 'key-'.repeat(1_024);
  expect(createSanitizer([secret])(`<${secret}>`)).toBe('<***>');
});

test('1 MiB of hostile text is sanitized in linear time', () => {
  const almost = KEYS.opsgenie.slice(0, -1);
  for (const text of [
    almost,
    almost.slice(0, 1),
    ' ',
    '%',
    '\u200b',
    '::##[',
    Buffer.from(almost).toString('base64'),
  ]) {
    const start = performance.now();
    sanitize(text.repeat(Math.ceil(2 ** 20 / text.length)));
    // It takes a tenth of a second. In quadratic time, it would take hours.
    expect(performance.now() - start).toBeLessThan(20_000);
  }
});
