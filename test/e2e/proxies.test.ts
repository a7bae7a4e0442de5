import { describe, expect } from 'vitest';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

describe('a proxy that cannot be used is a failure, never a way past it', () => {
  test.for<[string, string]>([
    ['no scheme', 'proxy.corp:3128'],
    ['a user and no scheme', 'user:proxypassword@proxy.corp:3128'],
    ['a bad escape in the password', 'http://user:proxy%ZZpassword@proxy.corp:3128'],
    ['a password that ends the host', 'http://user:2024#proxypassword@proxy.corp:3128'],
    ['one that begins a path', 'http://user:2024/proxypassword@proxy.corp:3128'],
    ['one that begins a query', 'http://user:2024?proxypassword@proxy.corp:3128'],
    ['another scheme', 'socks5://user:proxypassword@proxy.corp:1080'],
    ['no host', 'http://'],
    ['an IPv6 address', 'http://user:proxypassword@[::1]:3128'],
    ['nothing that is a URL', 'http://[proxypassword'],
    ['white space', ' '],
  ])('%s', async ([, proxy], { run }) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) {
      const result = await run({}, { env: { HTTPS_PROXY: '', [name]: proxy } });
      expectFailure(result, 'proxy-settings');
      expect(result.errors[0]?.message).toContain(`environment variable ${name} is set`);
      expect(result.raw).not.toMatch(/proxy(?:%ZZ)?password|2024/);
      expect(result.outputs.attempts).toBe('1');
      expect(saysMayBeApplied(result)).toBe(false);
    }
  });

  test('nor one with a certificate that is not trusted', async ({ datadog, run }) => {
    const result = await run({}, { env: { HTTPS_PROXY: datadog.address, NODE_EXTRA_CA_CERTS: '' } });
    expectFailure(result, 'certificate');
    expect(result.errors[0]?.message).toContain('certificate of the proxy');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(datadog.requests).toEqual([]);
  });

  test('one with a login is used, and its password is not shown', async ({ datadog, run }) => {
    const proxy = datadog.environment.HTTPS_PROXY.replace('//', '//user:proxy%20password@');
    const result = await run({}, { env: { HTTPS_PROXY: proxy, RUNNER_DEBUG: '1' } });
    expect(result.exitCode).toBe(0);
    expect(result.raw).not.toMatch(/proxy(?: |%20)password|Deprecat/);
  });

  test('unless NO_PROXY lists the host', async ({ datadog, run }) => {
    const network = watchNetwork();
    const env = { HTTPS_PROXY: 'proxy.corp:3128', NO_PROXY: '.datadoghq.com', ...network.environment };
    expectFailure(await run({ timeout: '2' }, { env }), 'unreachable');
    expect(datadog.tunnels).toEqual([]);
    expect(new Set(network.read())).toEqual(new Set(['lookup api.datadoghq.com']));
  });
});
