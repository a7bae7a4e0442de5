import { expect, test } from 'vitest';
import { RunnerLog } from '../../../simulation/runner-log.ts';

const SECRET = 'first "Line"\r\nsecond=Line\rthird=Line';

/** Reads lines, with these secrets masked from the start. */
function read(lines: readonly string[], secrets: readonly string[] = [], debug = false): RunnerLog {
  const log = new RunnerLog(secrets, debug);
  for (const line of lines) log.read(line);
  return log;
}

test.each(['', ' \t', '\u00a0', '\u0085'])('a runner executes a command after leading space: %j', (space) => {
  const { annotations, lines } = read([
    `${space}::Error file=a,title=b,title=Title::Message: ::`,
    `${space}::warning::##[error]`,
  ]);
  expect(annotations).toEqual([
    { level: 'error', title: 'Title', message: 'Message: ::' },
    { level: 'warning', title: '', message: '##[error]' },
  ]);
  expect(lines).toEqual(['Error: Message: ::', 'Warning: ##[error]']);
});

test.each(['', 'Text ', 'Text ::error::', '::unknown::'])('a runner executes `##[command]` after %j', (text) => {
  const { annotations, lines } = read([`${text}##[notice file=a;title=Title]Message [1]`]);
  expect(annotations).toEqual([{ level: 'notice', title: 'Title', message: 'Message [1]' }]);
  expect(lines).toEqual(['Notice: Message [1]']);
});

test.each(['', 'Text ::error::', '::unknown::', '::error:', ':::error::', '##[unknown]', '##[error', '##[##[error]'])(
  'a runner prints %j as plain text',
  (line) => {
    const { annotations, commands, lines } = read([line]);
    expect([annotations, commands, lines]).toEqual([[], [], [line]]);
  },
);

test.each(['::end-of-text::', 'Text ##[END-of-text]'])('a stopped runner prints commands until %s', (end) => {
  const stopped = ['::error::1', '##[error]2', '::add-mask::error', '::other::', 'end-of-text'];
  const { annotations, commands, lines } = read(['::stop-commands::End-of-text', ...stopped, end, '::error::3']);
  expect(annotations.map(({ message }) => message)).toEqual(['3']);
  expect(commands).toEqual(['stop-commands']);
  expect(lines).toEqual(['::stop-commands::***', ...stopped, end, 'Error: 3']);
});

test.each([
  ['text', (text: string) => text],
  ['base64', btoa],
  ['base64 after one other byte', (text: string) => btoa(text.slice(1))],
  ['base64 after two other bytes', (text: string) => btoa(text.slice(2))],
  ['percent-encoded text', encodeURIComponent],
  ['a JSON string', (text: string) => JSON.stringify(text).slice(1, -1)],
])('a runner masks a secret and each of its lines as %s', (_, encode) => {
  for (const log of [read([], [SECRET]), read(['::add-mask::first "Line"%0D%0Asecond=Line%0Dthird=Line'])]) {
    for (const text of [SECRET, ...SECRET.split(/[\r\n]+/)]) {
      expect(log.mask(`Before ${encode(text)} after`)).toBe('Before *** after');
    }
    expect(log.mask('first Line second')).toBe('first Line second');
  }
});

test('a runner masks a value only in the lines after add-mask, and does not print the command', () => {
  const { commands, lines } = read(['key', '::add-mask::key', 'key', '::add-mask:: ', 'a key']);
  expect(lines).toEqual(['key', '***', 'a ***']);
  expect(commands).toEqual(['add-mask', 'add-mask']);
});

test('a runner masks the message of an annotation, but not its title', () => {
  const { annotations, lines } = read(['::error title=key::The key'], ['key']);
  expect(annotations).toEqual([{ level: 'error', title: 'key', message: 'The ***' }]);
  expect(lines).toEqual(['Error: The ***']);
});

test.each([
  ['::error title=%0D%0A%3A%2C%3B%5D%253A::%0D%0A%3A%2C%3B%5D%250A', '\r\n:,%3B%5D%3A', '\r\n%3A%2C%3B%5D%0A'],
  ['##[error title=%0D%0A%3A%2C%3B%5D%255D]%0D%0A%3A%2C%3B%5D%250A', '\r\n%3A%2C;]%5D', '\r\n%3A%2C;]%0A'],
])('a runner decodes the characters that are escaped in %s', (line, title, message) => {
  expect(read([line]).annotations).toEqual([{ level: 'error', title, message }]);
});

test('a runner prints debug messages only if debug logging is on', () => {
  expect(read(['::debug::Message']).lines).toEqual([]);
  expect(read(['::debug::Message'], [], true).lines).toEqual(['Debug: Message']);
});

test('a runner lists the commands that do more than print, but prints none of them', () => {
  const { commands, lines } = read(['::set-output name=a::b', '::set-env name=a::b', '##[add-path]a', '::echo::on']);
  expect(commands).toEqual(['set-output', 'set-env', 'add-path', 'echo']);
  expect(lines).toEqual([]);
});
