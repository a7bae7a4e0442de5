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

  test.each(['https_proxy', 'HTTPS_PROXY'])('returns the password and the Basic credentials in %s', (name) => {
    expect(proxySecrets({ [name]: 'http://user:password@proxy.corp.example:3128' })).toEqual([
      { name, value: 'password' },
      { name, value: base64('user:password') },
    ]);
  });

  test('decodes escapes, as the HTTP client does', () => {
    expect(
      proxySecrets({ HTTPS_PROXY: 'http://us%40er:p%40ss%3Aw%C3%B6rd@proxy.corp.example:3128' }).map(
        ({ value }) => value,
      ),
    ).toEqual(['p@ss:wörd', base64('us@er:p@ss:wörd')]);
  });

  test('keeps malformed escapes, because the password is one nevertheless', () => {
    expect(
      proxySecrets({ HTTPS_PROXY: 'http://us%er:pass%word@proxy.corp.example:3128' }).map(({ value }) => value),
    ).toEqual(['pass%word', base64('us%er:pass%word')]);
  });

  test('returns the user name if there is no password, because it can be a token', () => {
    expect(
      proxySecrets({ HTTPS_PROXY: 'http://my%20token@proxy.corp.example:3128' }).map(({ value }) => value),
    ).toEqual(['my token', base64('my token:')]);
  });

  test('returns a password without a user name', () => {
    expect(proxySecrets({ HTTPS_PROXY: 'http://:password@proxy.corp.example:3128' }).map(({ value }) => value)).toEqual(
      ['password', base64(':password')],
    );
  });

  test('returns the secrets of both variables, although only one is used', () => {
    const [https_proxy, HTTPS_PROXY] = ['one', 'two'].map((word) => `http://user:${word}@proxy.corp.example:3128`);
    expect(proxySecrets({ https_proxy, HTTPS_PROXY })).toEqual([
      { name: 'https_proxy', value: 'one' },
      { name: 'https_proxy', value: base64('user:one') },
      { name: 'HTTPS_PROXY', value: 'two' },
      { name: 'HTTPS_PROXY', value: base64('user:two') },
    ]);
  });

  test('returns the password of a proxy that cannot be used', () => {
    expect(
      proxySecrets({ HTTPS_PROXY: 'socks5://user:password@proxy.corp.example:1080' }).map(({ value }) => value),
    ).toContain('password');
  });

  test.each([undefined, '', 'http://proxy.corp.example:3128', 'not a URL'])('returns nothing for %j', (proxy) => {
    expect(proxySecrets({ HTTPS_PROXY: proxy })).toEqual([]);
  });
});
