import { describe, expect, test } from 'vitest';
import { readErrors } from '../../src/datadog/error-body.ts';

const source = { pointer: '/data/attributes/region', parameter: 'limit', header: 'Authorization' };

describe('readErrors', () => {
  test('shows all of an object it does not know: cut, a key in it could lose its end', () => {
    const [text] = readErrors(JSON.stringify({ errors: [{ x: `${'y'.repeat(20_000)}the end` }] }));
    expect(text?.includes('the end')).toBe(true);
  });

  test.each<[string, unknown, string[]]>([
    ['strings', { errors: ['Bad Request', 'Try again'] }, ['Bad Request', 'Try again']],
    ['one string', { errors: 'Forbidden' }, ['Forbidden']],
    ['title and detail', { errors: [{ title: 'Bad', detail: 'no region', status: '400' }] }, ['Bad: no region']],
    ['detail alone', { errors: [{ detail: 'no region', meta: {} }] }, ['no region']],
    ['title alone', { errors: [{ title: 'Bad', code: '42', id: 'x' }] }, ['Bad']],
    ['message', { errors: [{ message: 'no region' }] }, ['no region']],
    [
      'every kind of source',
      { errors: [{ detail: 'wrong', source }] },
      ['wrong (pointer /data/attributes/region, parameter limit, header Authorization)'],
    ],
    ['an empty source', { errors: [{ detail: 'wrong', source: {} }] }, ['wrong']],
    ['a source of another type', { errors: [{ detail: 'wrong', source: 'body' }] }, ['wrong']],
    ['a mixture', { errors: ['one', { title: 'two' }] }, ['one', 'two']],
    ['a single error object', { error: { title: 'Bad', detail: 'no region' } }, ['Bad: no region']],
    ['a single error text', { error: 'Forbidden' }, ['Forbidden']],
    ['an object without errors', { title: 'Bad', detail: 'no region' }, ['Bad: no region']],
    ['a list at the top', ['one', 'two'], ['one', 'two']],
    ['a text at the top', 'Forbidden', ['Forbidden']],
    ['a blank title', { errors: [{ title: ' ', detail: 'no region' }] }, ['no region']],
    ['blank texts', { errors: ['', '  ', 'one'] }, ['one']],
    ['no errors', { errors: [] }, []],
  ])('reads %s', (_, body, texts) => {
    expect(readErrors(JSON.stringify(body))).toEqual(texts);
  });

  test.each<[string, unknown, string]>([
    ['an unknown object', { reason: 'quota' }, 'quota'],
    ['an unknown error object', { errors: [{ reason: 'quota' }] }, 'quota'],
    ['a number', { errors: [42] }, '42'],
    ['null', { errors: [null] }, 'null'],
    ['nested lists', { errors: [['quota']] }, 'quota'],
    ['fields of other types', { errors: [{ title: 7, detail: { reason: 'quota' } }] }, 'quota'],
  ])('shows %s as it is', (_, body, part) => {
    expect(readErrors(JSON.stringify(body))).toEqual([expect.stringContaining(part)]);
  });

  test('names a web page by its title instead of showing its source', () => {
    const page = '<!DOCTYPE html>\n<html><head><title>\n Access denied </title></head><body>…</body></html>';
    expect(readErrors(page)).toEqual([expect.stringMatching(/web page.*"Access denied"/)]);
    expect(readErrors('<html><title lang="en">Wartung</title></html>')).toEqual([expect.stringContaining('"Wartung"')]);
    expect(readErrors('<html><title></title></html>')).toEqual([expect.stringContaining('without a title')]);
    expect(readErrors(' <html><body>denied</body></html>')).toEqual([expect.stringContaining('web page')]);
    expect(readErrors('<!-- proxy 7 --><html><title>Blocked</title></html>')).toEqual([
      expect.stringContaining('"Blocked"'),
    ]);
  });

  test('shows other text as it is', () => {
    expect(readErrors('upstream connect error')).toEqual(['upstream connect error']);
    expect(readErrors('bad tag: <html>')).toEqual(['bad tag: <html>']);
    expect(readErrors('{"errors": ["cut o')).toEqual(['{"errors": ["cut o']);
  });

  test.each(['', ' \r\n'])('an empty body says nothing', (body) => {
    expect(readErrors(body)).toEqual([]);
  });

  test('survives any depth', () => {
    const depth = 50_000;
    expect(readErrors(`{"errors":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toHaveLength(1);
    expect(readErrors(`{"errors":[${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]}`)).toHaveLength(1);
  });
});
