import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { STEP } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { expectFailure, printed, saysMayBeApplied } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { watchNetwork } from '../support/network.ts';

describe('a proxy URL that cannot be used is an error, and nothing bypasses the proxy', () => {
  test.for<[string, string]>([
    ['no scheme', 'proxy.corp:3128'],
    ['login without a scheme', 'user:proxypassword@proxy.corp:3128'],
    ['malformed escape in the password', 'http://user:proxy%ZZpassword@proxy.corp:3128'],
    ['unescaped # in the password', 'http://user:2024#proxypassword@proxy.corp:3128'],
    ['unescaped / in the password', 'http://user:2024/proxypassword@proxy.corp:3128'],
    ['unescaped ? in the password', 'http://user:2024?proxypassword@proxy.corp:3128'],
    ['SOCKS proxy', 'socks5://user:proxypassword@proxy.corp:1080'],
    ['no host', 'http://'],
    ['IPv6 address', 'http://user:proxypassword@[::1]:3128'],
    ['not a URL', 'http://[proxypassword'],
    ['white space', ' '],
  ])('%s', async ([, proxy], { datadog, run }) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) {
      const result = await run({}, { env: { HTTPS_PROXY: '', [name]: proxy } });
      expectFailure(result, 'proxy');
      expect(result.errors[0]?.message).toContain(`environment variable ${name} does not hold a usable proxy URL`);
      expect(printed(result)).not.toMatch(/proxy(?:%ZZ)?password|2024/);
      expect(result.outputs.attempts).toBe('1');
      expect(saysMayBeApplied(result)).toBe(false);
    }
    expect(datadog.tunnels).toEqual([]);
  });

  // The proxy is up, so a request would reach it.
  const mistakes: { readonly [name: string]: (datadog: SimulatedServer) => string } = {
    'https:// to a proxy': ({ environment }) => environment.HTTPS_PROXY.replace('http:', 'https:'),
    'https:// to a server with a trusted certificate': ({ address }) => address,
    'double quotation marks': ({ environment }) => `"${environment.HTTPS_PROXY}"`,
    'single quotation marks': ({ environment }) => `'${environment.HTTPS_PROXY}'`,
  };
  test.for(Object.entries(mistakes))('%s', async ([, write], { datadog, run }) => {
    const result = await run({}, { env: { HTTPS_PROXY: write(datadog) } });
    expectFailure(result, 'proxy');
    expect(result.errors[0]?.message).toContain('The URL must begin with http://');
    expect(result.outputs.attempts).toBe('1');
    expect(datadog.tunnels).toEqual([]);
    expect(datadog.requests).toEqual([]);
  });

  test('unless NO_PROXY lists the host', async ({ datadog, run }) => {
    const network = watchNetwork();
    const env = { HTTPS_PROXY: 'proxy.corp:3128', NO_PROXY: '.datadoghq.com', ...network.environment };
    expectFailure(await run({ timeout: `${SHORT_TIMEOUT}` }, { env }), 'network');
    expect(datadog.tunnels).toEqual([]);
    expect(new Set(network.read())).toEqual(new Set(['lookup api.datadoghq.com']));
  });
});

describe('the login of a proxy', () => {
  const password = 'Pr0xy:p@ss/w0rd!';
  const encoded = encodeURIComponent(password);
  const basic = Buffer.from(`svc-runner:${password}`).toString('base64');
  const withLogin = ({ environment }: SimulatedServer, login = `svc-runner:${encoded}`) => ({
    HTTPS_PROXY: environment.HTTPS_PROXY.replace('//', `//${login}@`),
    RUNNER_DEBUG: '1',
  });
  const echo = `${password} and ${encoded} and Basic ${basic}`;

  test('is used, and masked before any other output', async ({ datadog, run }) => {
    const result = await run({}, { env: withLogin(datadog), secrets: [] });
    expect(result.exitCode).toBe(0);
    expect(Buffer.concat(datadog.seenByProxy).toString()).toContain(`Basic ${basic}`);
    const masks = [...(STEP.secrets ?? []), password, basic].map((secret) => `::add-mask::${secret}`);
    expect(result.raw.split('\n').slice(0, masks.length).sort()).toEqual(masks.sort());
    expect(result.raw).not.toMatch(/Deprecat/);
  });

  const echoes: { readonly [name: string]: (datadog: SimulatedServer) => void } = {
    "Datadog's errors": (datadog) =>
      datadog.script(
        respond(422, { errors: [echo, { title: echo, detail: echo, source: { pointer: echo } }, { echo }] }),
      ),
    "a gateway's block page": (datadog) =>
      datadog.script(respond(404, `<html><title>${echo}</title><body>${echo}</body></html>`)),
    'plain text': (datadog) => datadog.script(respond(422, echo)),
    'an answer with status 200': (datadog) => datadog.script(respond(200, { data: resource(echo, echo) })),
    'headers that debug logs show': (datadog) =>
      datadog.script(respond(429, '', { 'X-RateLimit-Name': echo, 'X-RateLimit-Limit': echo, 'Retry-After': '9999' })),
    "the proxy's refusal": (datadog) =>
      datadog.scriptProxy((client) => client.end(`HTTP/1.1 403 ${echo}\r\nX-Echo: ${echo}\r\n\r\n<p>${echo}</p>`)),
    'a proxy that does not speak HTTP': (datadog) => datadog.scriptProxy((client) => client.end(`220 ${echo}\r\n`)),
  };
  test.for(Object.entries(echoes))('is never printed if it is echoed in %s', async ([, script], { datadog, run }) => {
    script(datadog);
    const result = await run({}, { env: withLogin(datadog), secrets: [] });
    expect(datadog.tunnels.length).toBeGreaterThan(0);
    expect(result.log).toMatch(/Debug: PATCH/);
    for (const form of [password, encoded, basic]) expect(printed(result)).not.toContain(form);
  });

  test('is never printed if it is only a token', async ({ datadog, run }) => {
    datadog.script(respond(422, { errors: ['Unknown token pr0xy-t0ken'] }));
    const result = await run({}, { env: withLogin(datadog, 'pr0xy-t0ken'), secrets: [] });
    expectFailure(result, 'update-rejected', '422');
    expect(result.errors[0]?.message).toContain('Unknown token ***');
    expect(printed(result)).not.toContain('pr0xy-t0ken');
  });
});
