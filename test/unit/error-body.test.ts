import { describe, expect, test } from 'vitest';
import { namedErrors, readErrors } from '../../src/datadog/error-body.ts';

const source = { pointer: '/data/attributes/region', parameter: 'limit', header: 'Authorization' };

describe('namedErrors', () => {
  test.each<[unknown, unknown]>([
    [{ errors: ['one'], error: 'two' }, ['one']],
    [{ errors: 'one' }, 'one'],
    [{ error: { title: 'one' } }, { title: 'one' }],
    [{ errors: '' }, ''],
    [{ errors: [] }, undefined],
    [{ errors: null, error: null }, undefined],
    [{ data: {} }, undefined],
    [['errors'], undefined],
    ['errors', undefined],
    [null, undefined],
  ])('finds the errors that %j declares', (json, errors) => {
    expect(namedErrors(json)).toEqual(errors);
  });
});

describe('readErrors', () => {
  test.each<[string, unknown, string[]]>([
    ['error texts', { errors: ['Bad Request', 'Try again'] }, ['Bad Request', 'Try again']],
    ['one error text instead of a list', { errors: 'Forbidden' }, ['Forbidden']],
    ['a title and a detail', { errors: [{ title: 'Bad', detail: 'no region', status: '400' }] }, ['Bad: no region']],
    ['a detail without a title', { errors: [{ detail: 'no region', meta: {} }] }, ['no region']],
    ['a title without a detail', { errors: [{ title: 'Bad', code: '42', id: 'x' }] }, ['Bad']],
    ['a message', { errors: [{ message: 'no region' }] }, ['no region']],
    [
      'every kind of source',
      { errors: [{ detail: 'wrong', source }] },
      ['wrong (pointer /data/attributes/region, parameter limit, header Authorization)'],
    ],
    ['an empty source', { errors: [{ detail: 'wrong', source: {} }] }, ['wrong']],
    ['a source of another type', { errors: [{ detail: 'wrong', source: 'body' }] }, ['wrong']],
    ['texts and objects together', { errors: ['one', { title: 'two' }] }, ['one', 'two']],
    ['a single error object', { error: { title: 'Bad', detail: 'no region' } }, ['Bad: no region']],
    ['a single error text', { error: 'Forbidden' }, ['Forbidden']],
    ['an object that is itself an error', { title: 'Bad', detail: 'no region' }, ['Bad: no region']],
    ['a list of texts as the body', ['one', 'two'], ['one', 'two']],
    ['a text as the body', 'Forbidden', ['Forbidden']],
    ['a blank title', { errors: [{ title: ' ', detail: 'no region' }] }, ['no region']],
    ['a list with blank texts', { errors: ['', '  ', 'one'] }, ['one']],
    ['an empty list', { errors: [] }, []],
    ['the error next to an empty list', { errors: [], error: 'Forbidden' }, ['Forbidden']],
    ['the error next to null', { errors: null, error: 'Forbidden' }, ['Forbidden']],
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
  ])('renders %s in full', (_, body, part) => {
    expect(readErrors(JSON.stringify(body))).toEqual([expect.stringContaining(part)]);
  });

  test('does not truncate an unknown object, because half a key would not be redacted', () => {
    const [text] = readErrors(JSON.stringify({ errors: [{ x: `${'y'.repeat(20_000)}the end` }] }));
    expect(text?.includes('the end')).toBe(true);
  });

  test.each([
    [
      'its title',
      '<!DOCTYPE html>\n<html><head><title>\n Access denied </title></head><body>…</body></html>',
      'a web page titled "Access denied"',
    ],
    ['a title with attributes', '<html><title lang="en">Wartung</title></html>', 'a web page titled "Wartung"'],
    ['a title after a comment', '<!-- proxy 7 --><html><title>Blocked</title></html>', 'a web page titled "Blocked"'],
    ['an empty title', '<html><title></title></html>', 'a web page without a title'],
    ['no title', ' <html><body>denied</body></html>', 'a web page without a title'],
  ])('describes a web page by its title: %s', (_, page, text) => {
    expect(readErrors(page)).toEqual([text]);
  });

  test.each(['upstream connect error', 'bad tag: <html>', '{"errors": ["cut o'])(
    'returns any other text unchanged: %s',
    (text) => {
      expect(readErrors(text)).toEqual([text]);
    },
  );

  test.each(['', ' \r\n'])('returns nothing for an empty body: %j', (body) => {
    expect(readErrors(body)).toEqual([]);
  });

  test('reads JSON of any depth', () => {
    const depth = 50_000;
    expect(readErrors(`{"errors":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toHaveLength(1);
    expect(readErrors(`{"errors":[${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]}`)).toHaveLength(1);
  });
});
