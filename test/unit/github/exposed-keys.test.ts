import { expect, test } from 'vitest';
import { exposedKeys } from '../../../src/github/exposed-keys.ts';

const KEYS = [
  { source: 'api_key', text: '0aa5ad53-8f14-4c5e-9a36-2f3c7d91b1e4' },
  { source: 'DD_APP_KEY', text: '{\n  "key": "c:\\x"\n}' },
  { source: 'DD_APP_KEY', text: 'another value of this variable' },
];
const [{ text: key }, { text: json }] = KEYS as [(typeof KEYS)[0], (typeof KEYS)[0]];

test.each<[string, unknown, readonly string[]]>([
  ['a plain workflow input', { inputs: { key } }, ['api_key']],
  ['a client_payload, deep inside a text', { client_payload: { a: [{ header: `GenieKey ${key}.` }] } }, ['api_key']],
  ['the name of a property', { [key]: null }, ['api_key']],
  ['a text with quotation marks, line breaks, and backslashes', { inputs: { json } }, ['DD_APP_KEY']],
  ['the payload several times', { a: key, b: key, c: json, d: KEYS[2]?.text }, ['api_key', 'DD_APP_KEY']],
])('names the input once if its key appears in %s', (_, payload, sources) => {
  expect(exposedKeys(KEYS, payload)).toEqual(sources);
});

test.each([[{}], [null], [{ inputs: { a: key.slice(0, 18), b: key.slice(18) } }]])(
  'names no input if no key appears as a whole in the payload: %j',
  (payload) => {
    expect(exposedKeys(KEYS, payload)).toEqual([]);
  },
);
