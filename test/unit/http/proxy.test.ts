import { beforeEach, expect, test, vi } from 'vitest';
import { proxyFor, proxySecrets } from '../../../src/http/proxy.ts';

const TARGET = new URL('https://api.datadoghq.com/');
const PROXY = 'http://proxy.corp.example:3128';

function setVariables(variables: { readonly [name: string]: string }): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

beforeEach(() => {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, undefined);
});

test.each<[string, { readonly [name: string]: string }, string | undefined]>([
  ['no proxy if no variable is set', {}, undefined],
  ['no proxy if only http_proxy and ALL_PROXY are set', { http_proxy: PROXY, ALL_PROXY: PROXY }, undefined],
  ['https_proxy', { https_proxy: PROXY }, PROXY],
  ['HTTPS_PROXY', { HTTPS_PROXY: PROXY }, PROXY],
  ['https_proxy if both are set, as the HTTP client does', { https_proxy: PROXY, HTTPS_PROXY: 'http://b' }, PROXY],
  ['HTTPS_PROXY if https_proxy is empty', { https_proxy: '', HTTPS_PROXY: PROXY }, PROXY],
  ['no proxy for a host in NO_PROXY', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example,api.datadoghq.com' }, undefined],
  ['no proxy for a domain in no_proxy', { HTTPS_PROXY: PROXY, no_proxy: '.datadoghq.com' }, undefined],
  ['the proxy for any other host', { HTTPS_PROXY: PROXY, NO_PROXY: 'datadoghq.eu,hq.com' }, PROXY],
  ['no unusable proxy for a host in NO_PROXY', { HTTPS_PROXY: 'x', NO_PROXY: 'api.datadoghq.com' }, undefined],
])('a request uses %s', (_, variables, proxy) => {
  setVariables(variables);
  expect(proxyFor(TARGET)).toEqual(proxy === undefined ? undefined : new URL(proxy));
});

test.each([
  ...['http://proxy.corp.example', 'HTTP://proxy.corp.example:3128/', 'http://user:p%40ss%2Fword@10.0.0.1:3128'],
  ...['http://token@proxy.corp.example:3128', 'http://proxy.corp.example:3128/path?query#hash'],
])('a request uses a proxy with the URL %s', (proxy) => {
  setVariables({ HTTPS_PROXY: proxy });
  expect(proxyFor(TARGET)).toEqual(new URL(proxy));
});

test.each([
  ['no scheme', 'proxy.corp.example:3128'],
  ['no scheme, but a password', 'user:secret@proxy.corp.example:3128'],
  ['https', 'https://user:secret@proxy.corp.example:3128'],
  ['SOCKS', 'socks5://user:secret@proxy.corp.example:1080'],
  ['quotation marks', '"http://user:secret@proxy.corp.example:3128"'],
  ['no host', 'http://'],
  ['an IPv6 address', 'http://user:secret@[::1]:3128'],
  ['a malformed escape in the user name', 'http://us%er:secret@proxy.corp.example:3128'],
  ['a malformed escape in the password', 'http://user:secret%@proxy.corp.example:3128'],
  ['an unescaped / in the password', 'http://user:1/secret@proxy.corp.example:3128'],
  ['an unescaped ? in the password', 'http://user:1?secret@proxy.corp.example:3128'],
  ['an unescaped # in the password', 'http://user:1#secret@proxy.corp.example:3128'],
  ['only white space', ' '],
])('a request fails without showing the value if the proxy URL has %s', (_, proxy) => {
  for (const name of ['HTTPS_PROXY', 'https_proxy']) {
    setVariables({ [name]: proxy });
    const message = expect.stringMatching(new RegExp(`^(?!.*(?:secret|corp)).*api\\.datadoghq\\.com.*\\b${name}\\b`));
    const facts = { hadNoEffect: true };
    expect(() => proxyFor(TARGET)).toThrow(expect.objectContaining({ kind: 'proxy', message, facts }));
  }
});

function basic(text: string): string {
  return Buffer.from(text).toString('base64');
}

test.each<[string, string, readonly string[]]>([
  ['the password and the Basic credentials', 'http://user:password@proxy:3128', ['password', basic('user:password')]],
  ['a password of four characters', 'http://user:1234@proxy', ['1234', basic('user:1234')]],
  [
    'a password with escapes, decoded and as written',
    'http://us%40er:p%40ss%3Aw%C3%B6rd@proxy',
    ['p@ss:wörd', 'p%40ss%3Aw%C3%B6rd', basic('us@er:p@ss:wörd')],
  ],
  ['a password with malformed escapes', 'http://us%er:pass%word@proxy', ['pass%word', basic('us%er:pass%word')]],
  ['a user name without a password', 'http://my%20token@proxy', ['my token', 'my%20token', basic('my token:')]],
  ['a user name with a password of one character', 'http://TOKEN:x@proxy', ['TOKEN', basic('TOKEN:x')]],
  ['a user name with a password of three characters', 'http://TOKEN:%40%40x@proxy', ['TOKEN', basic('TOKEN:@@x')]],
  ['no user name of three characters', 'http://abc:x@proxy', [basic('abc:x')]],
  ['a password without a user name', 'http://:password@proxy', ['password', basic(':password')]],
  ["an unusable proxy's password", 'socks5://user:password@proxy', ['password', basic('user:password')]],
  ['nothing without credentials', PROXY, []],
  ['nothing if the value is not a URL', 'not a URL', []],
])('the secrets of a proxy URL are %s', (_, proxy, secrets) => {
  for (const name of ['https_proxy', 'HTTPS_PROXY']) expect(proxySecrets({ [name]: proxy })).toEqual(secrets);
});

test('the credentials in both proxy variables are secrets, although only one is used', () => {
  const variables = { https_proxy: 'http://user:word-1@proxy', HTTPS_PROXY: 'http://user:word-2@proxy' };
  expect(proxySecrets(variables)).toEqual(['word-1', basic('user:word-1'), 'word-2', basic('user:word-2')]);
});
