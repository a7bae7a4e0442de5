import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '../../../src/http/network-error.ts';
import { proxyFor, proxySecrets } from '../../../src/http/proxy.ts';

const TARGET = new URL('https://api.datadoghq.com/');

beforeEach(() => {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, undefined);
});

describe('proxyFor', () => {
  test.each([undefined, ''])('returns undefined if no proxy is configured: %j', (value) => {
    vi.stubEnv('HTTPS_PROXY', value);
    vi.stubEnv('https_proxy', value);
    expect(proxyFor(TARGET)).toBeUndefined();
  });

  test.each(['https_proxy', 'HTTPS_PROXY'])('returns the proxy in %s', (variable) => {
    vi.stubEnv(variable, 'http://proxy.corp.example:3128');
    expect(proxyFor(TARGET)?.host).toBe('proxy.corp.example:3128');
  });

  test('prefers https_proxy, as the HTTP client does', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://upper.example:3128');
    vi.stubEnv('https_proxy', 'http://lower.example:3128');
    expect(proxyFor(TARGET)?.hostname).toBe('lower.example');
  });

  test('uses HTTPS_PROXY if https_proxy is empty', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://upper.example:3128');
    vi.stubEnv('https_proxy', '');
    expect(proxyFor(TARGET)?.hostname).toBe('upper.example');
  });

  test.each(['no_proxy', 'NO_PROXY'])('returns undefined for a host in %s', (variable) => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.corp.example:3128');
    vi.stubEnv(variable, 'example.com,.datadoghq.com');
    expect(proxyFor(TARGET)).toBeUndefined();
    expect(proxyFor(new URL('https://api.datadoghq.eu/'))?.host).toBe('proxy.corp.example:3128');
  });

  test.each([
    'http://proxy.corp.example',
    'http://proxy.corp.example:3128/',
    'http://user:p%40ssword@10.0.0.1:3128',
    'http://token@proxy.corp.example:3128',
    'http://proxy.corp.example:3128/path?query#hash',
  ])('accepts %s', (proxy) => {
    vi.stubEnv('HTTPS_PROXY', proxy);
    expect(proxyFor(TARGET)).toEqual(new URL(proxy));
  });

  test.each([
    ['no scheme', 'proxy.corp.example:3128'],
    ['no scheme, but a login', 'user:secret@proxy.corp.example:3128'],
    ['https', 'https://user:secret@proxy.corp.example:3128'],
    ['SOCKS', 'socks5://user:secret@proxy.corp.example:1080'],
    ['quotation marks', '"http://user:secret@proxy.corp.example:3128"'],
    ['no host', 'http://'],
    ['an IPv6 address', 'http://user:secret@[2001:db8::1]:3128'],
    ['a malformed escape in the user name', 'http://us%er:secret@proxy.corp.example:3128'],
    ['a malformed escape in the password', 'http://user:secret%@proxy.corp.example:3128'],
    ['an unescaped / in the password', 'http://user:1/secret@proxy.corp.example:3128'],
    ['an unescaped ? in the password', 'http://user:1?secret@proxy.corp.example:3128'],
    ['an unescaped # in the password', 'http://user:1#secret@proxy.corp.example:3128'],
    ['only white space', ' '],
  ])('throws for a proxy URL with %s, without its value', (_, proxy) => {
    for (const variable of ['HTTPS_PROXY', 'https_proxy']) {
      vi.stubEnv(variable, proxy);
      const message = `The environment variable ${variable} does not hold a usable proxy URL.`;
      expect(() => proxyFor(TARGET)).toThrow(new NetworkError('proxy-setting', message));
      expect(() => proxyFor(TARGET)).toThrow(expect.objectContaining({ problem: 'proxy-setting' }));
    }
  });

  test('ignores an unusable proxy for a host in NO_PROXY', () => {
    vi.stubEnv('HTTPS_PROXY', 'proxy.corp.example:3128');
    vi.stubEnv('NO_PROXY', 'api.datadoghq.com');
    expect(proxyFor(TARGET)).toBeUndefined();
  });
});

describe('proxySecrets', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  test.each<[string, string, readonly string[]]>([
    [
      'the password and the Basic credentials',
      'http://user:password@proxy:3128',
      ['password', base64('user:password')],
    ],
    [
      'decoded escapes',
      'http://us%40er:p%40ss%3Aw%C3%B6rd@proxy',
      ['p@ss:wörd', 'p%40ss%3Aw%C3%B6rd', base64('us@er:p@ss:wörd')],
    ],
    ['malformed escapes', 'http://us%er:pass%word@proxy', ['pass%word', base64('us%er:pass%word')]],
    [
      'a user name without a password, because it can be a token',
      'http://my%20token@proxy',
      ['my token', 'my%20token', base64('my token:')],
    ],
    ['a password without a user name', 'http://:password@proxy', ['password', base64(':password')]],
    [
      'the password of a proxy that cannot be used',
      'socks5://user:password@proxy',
      ['password', base64('user:password')],
    ],
    ['nothing without credentials', 'http://proxy.corp.example:3128', []],
    ['nothing if it is not a URL', 'not a URL', []],
  ])('returns %s', (_, proxy, secrets) => {
    for (const name of ['https_proxy', 'HTTPS_PROXY']) expect(proxySecrets({ [name]: proxy })).toEqual(secrets);
  });

  test('returns those of both variables, although only one is used', () => {
    const [https_proxy, HTTPS_PROXY] = ['word-1', 'word-2'].map(
      (word) => `http://user:${word}@proxy.corp.example:3128`,
    );
    expect(proxySecrets({ https_proxy, HTTPS_PROXY })).toEqual([
      ...['word-1', base64('user:word-1'), 'word-2', base64('user:word-2')],
    ]);
  });
});
