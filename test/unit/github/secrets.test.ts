import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { RunnerLog } from '../../../simulation/runner-log.ts';
import { KEYS } from '../../../simulation/scenario.ts';
import { createSanitizer, mask } from '../../../src/github/secrets.ts';

/** Keys, and values with every character that a token or a proxy password can contain. */
const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, 'ddpat_aB-c.d~e+f/g==', '🔑p@ss:wörd\\$&^(x)|[y]?'];

const sanitize = createSanitizer(SECRETS);

function percentEncode(text: string): string {
  return Buffer.from(text).toString('hex').replace(/../g, '%$&');
}

/** The log of a runner that reads this text. */
function logOf(text: string): RunnerLog {
  const log = new RunnerLog([], true);
  for (const line of text.split(/\r\n|\r|\n/)) log.read(line);
  return log;
}

test.each([
  ['line breaks', 'one\r\n\r\ntwo\rthree\u0085four\u2028five', 'one two three four five'],
  ['white space around the text', ' \t one \n', 'one'],
  ['color codes', '\u001b[31mred', '[31mred'],
  ['control characters', 'a\u0000b\u0008c\u007fd\u0080e', 'abcde'],
  ['direction marks', 'user\u202etxt.exe\u2066', 'usertxt.exe'],
  ['zero-width characters', 'a\u200bb\ufeffc\u00add\u2060e\u{e0041}', 'abcde'],
  ['nothing from other languages and emoji', 'Größe 大きさ 🙂', 'Größe 大きさ 🙂'],
])('removes %s from printed text', (_, text, expected) => {
  expect(sanitize(text)).toBe(expected);
});

test.each([
  ...['::error::forged', '  \t::error::forged', '\u0085::add-mask::a', ':::error::forged', 'text\r::error::forged'],
  ...[':\u200b:error::forged', '##[error]forged', 'text ##[stop-commands]x', '#\u0000#[error]forged', '##[##[error]x'],
])('prints %j without executing a workflow command', (text) => {
  expect(logOf(sanitize(text))).toMatchObject({ annotations: [], commands: [], lines: [expect.anything()] });
});

test('breaks up the markers of workflow commands with spaces', () => {
  expect(sanitize('std::vector ##[0] a:::b ###[c')).toBe('std: :vector ## [0] a: : :b ### [c');
});

test('prints one visible line without secrets and workflow commands, whatever the text is', () => {
  const parts = ['::', ':', 'error', '##', '[', ']', '\r', '\n', '\u200b', '\u001b', ' ', '%', '-', ...SECRETS];
  const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
  const text = fc.array(fc.oneof(character, fc.constantFrom(...parts))).map((all) => all.join(''));
  const isSafe = (line: string): boolean => {
    const { annotations, commands } = logOf(line);
    if (annotations.length + commands.length > 0 || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line)) return false;
    return !SECRETS.some((secret) => line.includes(secret));
  };
  fc.assert(
    fc.property(text, (hostile) => isSafe(sanitize(hostile))),
    { numRuns: 1_000 },
  );
});

test.each(SECRETS)('redacts %s with any of its characters percent-encoded or in another letter case', (secret) => {
  const forms = (character: string): fc.Arbitrary<string> => {
    const encoded = percentEncode(character);
    return fc.constantFrom(character, character.toUpperCase(), character.toLowerCase(), encoded, encoded.toUpperCase());
  };
  const written = fc.tuple(...[...secret].map(forms)).map((all) => all.join(''));
  fc.assert(fc.property(written, (form) => sanitize(`<${form}|${form}>`) === '<***|***>'));
});

test.each(SECRETS)('redacts %s in the usual encodings of a URL, and with invisible characters inside', (secret) => {
  const forms = [secret, secret.toUpperCase(), encodeURIComponent(secret), [...secret].join('\u200b')];
  const dashes = secret.replaceAll('-', '%2D').replaceAll('_', '%5f');
  expect([...forms, dashes].map((form) => sanitize(`a ${form} b`))).toEqual(Array(5).fill('a *** b'));
});

test.each<[string, readonly string[], string, string]>([
  ['a key without its dashes', [KEYS.opsgenie], KEYS.opsgenie.replaceAll('-', '').toUpperCase(), '***'],
  ['a short password only with its dashes', ['a-b-c-d'], 'abcd a-b-c-d', 'abcd ***'],
  ['eight characters without their dash', ['abcd-efgh'], 'abcdefgh', '***'],
  ['no other text that is percent-encoded', ['abcd-efgh'], 'a%20b', 'a%20b'],
  ['a key of dashes, and no other text', ['-'.repeat(16)], `a-b ${'-'.repeat(16)} c--d`, 'a-b *** c--d'],
  ['four characters, such as a proxy password', ['main'], 'the main branch', 'the *** branch'],
  ['no text of three characters', ['abc', ''], 'abcdef', 'abcdef'],
  ['each line but short ones', ['{\r\n"key-1"\n abc\rkey-2 \n}'], '{abc} "KEY-1" key-2', '{abc} *** ***'],
  ['a value with white space', ['two  \twords'], '<two words|two\u2028words>', '<***|***>'],
  ['the longer one first', ['key-one', 'key-one-two'], 'key-one-two key-one', '*** ***'],
  ['the longer one first in any order', ['key-one-two', 'key-one'], 'key-one-two key-one', '*** ***'],
  ['no text for a secret of invisible characters', ['\u200b'.repeat(16)], 'abc', 'abc'],
  ['only the start of a longer value', ['key-'.repeat(5_000)], `<${'key-'.repeat(1_025)}>`, '<***key->'],
  ['4,096 characters as a whole', ['key-'.repeat(1_024)], `<${'key-'.repeat(1_024)}>`, '<***>'],
])('redacts %s', (_, secrets, text, expected) => {
  expect(createSanitizer(secrets)(text)).toBe(expected);
});

test('masks each line once, without lines of fewer than four characters', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  mask(['{\r\n  "key": "a"\r\n}', 'abc', 'abcd', 'abcd\n', '']);
  const commands = write.mock.calls.map(([text]) => `${text}`.trimEnd());
  write.mockRestore();
  expect(commands).toEqual(['::add-mask::"key": "a"', '::add-mask::abcd']);
});

test('sanitizes 1 MiB of hostile text in linear time', () => {
  const almost = KEYS.opsgenie.slice(0, -1);
  for (const text of [almost, almost.slice(0, 1), '%', '%2', '-', ' ', '\u200b', '::##[']) {
    const start = performance.now();
    sanitize(text.repeat(Math.ceil(2 ** 20 / text.length)));
    // This takes a tenth of a second. In quadratic time, it would take hours.
    expect(performance.now() - start).toBeLessThan(20_000);
  }
});
