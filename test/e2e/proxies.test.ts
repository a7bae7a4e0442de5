import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { STEP } from '../../simulation/scenario.ts';
import { always, type ProxyScript, respond } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';
import { resolveEveryName } from '../support/preload.ts';

const CREDENTIALS = 'svc-runner:Pr0xy%3Ap%40ss%2Fw0rd%21';

function withCredentials({ environment }: SimulatedServer, credentials = CREDENTIALS) {
  return { HTTPS_PROXY: environment.HTTPS_PROXY.replace('//', `//${credentials}@`) };
}

describe('a proxy', () => {
  test.for(['https_proxy', 'HTTPS_PROXY'])('in %s is used', async (name, { datadog, run }) => {
    const env = { HTTPS_PROXY: '', [name]: datadog.environment.HTTPS_PROXY, NODE_OPTIONS: '--no-deprecation' };
    expect(await run({}, { env })).toMatchObject({ exitCode: 0, annotations: [] });
    expect(datadog.tunnels).toEqual(['api.datadoghq.com:443']);
  });

  test('gets its credentials, which are masked before any other output', async ({ datadog, run }) => {
    const result = await run({}, { env: withCredentials(datadog), secrets: [] });
    expect(result.exitCode).toBe(0);
    const [password, basic] = ['Pr0xy:p@ss/w0rd!', Buffer.from('svc-runner:Pr0xy:p@ss/w0rd!').toString('base64')];
    expect(Buffer.concat(datadog.seenByProxy).toString()).toContain(`Basic ${basic}`);
    // In a command, a percent sign is written as %25.
    const encoded = CREDENTIALS.split(':')[1]?.replaceAll('%', '%25');
    const masks = [...(STEP.secrets ?? []), password, encoded, basic].map((secret) => `::add-mask::${secret}`);
    expect(result.raw.split('\n').slice(0, masks.length).sort()).toEqual(masks.sort());
    expect(result.raw).not.toMatch(/Deprecat/);
  });

  test('cannot make the action print its credentials', async ({ datadog, run }) => {
    const echo = `Pr0xy:p@ss/w0rd! ${CREDENTIALS} ${Buffer.from('svc-runner:Pr0xy:p@ss/w0rd!').toString('base64')}`;
    datadog.script(respond(422, { errors: [echo] }));
    const result = await run({}, { env: { ...withCredentials(datadog), RUNNER_DEBUG: '1' }, secrets: [] });
    expectFailure(result, 'update-rejected', '422');
    for (const part of ['Pr0xy', ...echo.split(' ')]) expect(printed(result)).not.toContain(part);
  });

  test('with a short or ordinary password hides no words, and causes no warning', async ({ datadog, run }) => {
    const event = { name: 'push', actor: 'octocat', payload: { ref: 'refs/heads/main', x: 'x' } };
    for (const password of ['main', 'x']) {
      const result = await run({}, { env: withCredentials(datadog, `ci:${password}`), event, secrets: [] });
      expect(result).toMatchObject({ exitCode: 0, annotations: [] });
      expect(result.log).toContain('Updating Opsgenie account');
    }
  });

  test.for<[string, string, string, RegExp]>([
    [
      'wants credentials',
      '407 Proxy Authentication Required',
      '',
      /Put the proxy's user name and password into HTTPS_PROXY/,
    ],
    ['refuses credentials', '407 Proxy Authentication Required', CREDENTIALS, /accepts Basic authentication/],
    // tinyproxy responds like this to a wrong password.
    [
      'refuses credentials with 401',
      '401 Unauthorized',
      CREDENTIALS,
      /Check the user name and password in HTTPS_PROXY/,
    ],
    [
      'denies the connection',
      '403 Host not allowed',
      '',
      /NO_PROXY, as api\.datadoghq\.com or \.datadoghq\.com without `\*`/,
    ],
  ])('that %s fails the step without a retry: %s', async ([, status, credentials, remedy], { datadog, run }) => {
    datadog.scriptProxy(...always<ProxyScript>((client) => client.end(`HTTP/1.1 ${status}\r\n\r\n`)));
    const env = credentials === '' ? {} : withCredentials(datadog, credentials);
    const result = await run({}, { env });
    expectFailure(result, 'proxy');
    expect(result.errors[0]?.message).toMatch(remedy);
    expect(result.errors[0]?.message).toContain(`the proxy returned ${status}.`);
    expect(result.outputs).toMatchObject({ updated: 'false', attempts: '1' });
  });

  test('that is down is reported as such', async ({ run }) => {
    const result = await run({ timeout: `${SHORT_TIMEOUT}` }, { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    expectFailure(result, 'proxy');
    expect(result.errors[0]?.message).toContain('ECONNREFUSED');
    expect(result.outputs.updated).toBe('false');
  });
});

describe('a proxy URL that cannot be used fails the step, and the proxy is not bypassed:', () => {
  test.for([
    'proxy.corp:3128',
    'https://127.0.0.1:3128',
    '"http://127.0.0.1:3128"',
    'http://user:Pr0xy#w0rd@127.0.0.1:3128',
  ])('%s', async (HTTPS_PROXY, { datadog, run }) => {
    const result = await run({}, { env: { HTTPS_PROXY } });
    expectFailure(result, 'proxy');
    expect(result.errors[0]?.message).toContain('HTTPS_PROXY does not hold a usable proxy URL');
    expect(printed(result)).not.toMatch(/Pr0xy|w0rd/);
    expect(datadog.tunnels).toEqual([]);
  });

  test('unless NO_PROXY lists the host', async ({ datadog, run }) => {
    const env = { ...resolveEveryName('127.0.0.1'), HTTPS_PROXY: 'proxy.corp:3128', NO_PROXY: '.datadoghq.com' };
    expectFailure(await run({ timeout: '2' }, { env }), 'network');
    expect(datadog.tunnels).toEqual([]);
  });
});

describe('a certificate that is not trusted ends the run before anything is sent:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  test.for<[string, string, RegExp]>([
    ['an unknown issuer', '', /UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\. Nothing/],
    [
      'NODE_EXTRA_CA_CERTS is missing',
      join(folder, 'none.pem'),
      /NODE_EXTRA_CA_CERTS is set to .*none\.pem, but this file does not exist/,
    ],
    ['NODE_EXTRA_CA_CERTS is a folder', folder, /but this is a folder/],
    ['NODE_EXTRA_CA_CERTS is empty', file('empty.pem', ''), /but this file is empty/],
    [
      'NODE_EXTRA_CA_CERTS is not PEM',
      file('ca.der', Buffer.from([0x30, 0x82, 0x01, 0x0a])),
      /but this file has no CERTIFICATE block/,
    ],
  ])('%s', async ([, NODE_EXTRA_CA_CERTS, reason], { datadog, run }) => {
    // Verification cannot be switched off.
    const result = await run({}, { env: { NODE_EXTRA_CA_CERTS, NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
    expectFailure(result, 'certificate');
    expect(result.errors[0]?.message).toMatch(reason);
    expect(result.outputs).toMatchObject({ updated: 'false', attempts: '1' });
    expect(datadog.requests).toEqual([]);
  });

  test('an expired certificate, a certificate of another host, and one that is too weak', async ({ datadog, run }) => {
    const { authority } = datadog;
    const hosts = ['api.datadoghq.com'];
    for (const [certificate, reason] of [
      [await authority.issue(hosts, new Date(Date.now() - 60_000)), /CERT_HAS_EXPIRED.*Check the runner's clock/s],
      [await authority.issue(['api.datadoghq.com.evil.example']), /ERR_TLS_CERT_ALTNAME_INVALID/],
      [await authority.issueWeak(hosts), /UNSPECIFIED/],
    ] as const) {
      datadog.useCertificate(certificate);
      const result = await run();
      expectFailure(result, 'certificate');
      expect(result.errors[0]?.message).toMatch(reason);
    }
    expect(datadog.requests).toEqual([]);
  });
});
