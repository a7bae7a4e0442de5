import { describe, expect, test } from 'vitest';
import { describeBody, mayBeCutOff } from '../../../src/http/body.ts';
import { response } from '../../support/responses.ts';

describe('a body that is not JSON is described', () => {
  test.each([
    [
      '<!DOCTYPE html>\n<html><head><title>\n Access denied </title></head></html>',
      'a web page titled "Access denied"',
    ],
    ['<html><title lang="en">Wartung</title></html>', 'a web page titled "Wartung"'],
    ['<!-- proxy 7 --><html><title>Blocked</title></html>', 'a web page titled "Blocked"'],
    ['<html><title></title></html>', 'a web page without a title'],
    [' <html><body>denied</body></html>', 'a web page without a title'],
    [' upstream connect error\n', 'upstream connect error'],
    ['bad tag: <html>', 'bad tag: <html>'],
    ['\ufffdPNG', 'binary data'],
  ])('%j: %s', (body, text) => {
    expect(describeBody(response(422, body))).toBe(text);
  });

  test.each([' GZIP ', 'br'])('as compressed: %j', (coding) => {
    const text = `compressed (${coding.trim().toLowerCase()}), although no compression was requested`;
    expect(describeBody(response(422, '\u001f\ufffd', { 'content-encoding': coding }))).toBe(text);
  });
});

test.each<[string, string, boolean]>([
  ['{"data": {', '', true],
  ['{"data": {"id": "x"}', '', true],
  ['{"data": {', 'content-length', false],
  ['{"data": {', 'transfer-encoding', false],
  ['{"data": {}}<html>', '', false],
  ['upstream connect error', '', false],
])('%s with the header "%s" may be cut off: %s', (body, header, expected) => {
  expect(mayBeCutOff(response(200, body, header === '' ? {} : { [header]: 'x' }))).toBe(expected);
});
