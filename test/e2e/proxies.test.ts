import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { STEP } from '../../simulation/scenario.ts';
import { always, type ProxyScript, respond } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { attemptsOf, errorOf, expectFailure, printed } from '../support/expectations.ts';
import { SHORT_TIMEOUT, test } from '../support/fixtures.ts';

const CREDENTIALS = 'svc-runner:Pr0xy%3Ap%40ss%2Fw0rd%21';

function withCredentials({ environment }: SimulatedServer) {
  return { HTTPS_PROXY: environment.HTTPS_PROXY.replace('//', `//${CREDENTIALS}@`) };
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
    expectFailure(result, 'update-rejected', { status: '422' });
    for (const part of ['Pr0xy', ...echo.split(' ')]) expect(printed(result)).not.toContain(part);
  });

  test('that wants other credentials fails the step without a retry', async ({ datadog, run }) => {
    const status = '407 Proxy Authentication Required';
    datadog.scriptProxy(...always<ProxyScript>((client) => client.end(`HTTP/1.1 ${status}\r\n\r\n`)));
    const result = await run({}, { env: withCredentials(datadog) });
    expectFailure(result, 'proxy');
    expect(errorOf(result)).toContain(`the proxy returned ${status}.`);
    expect(datadog.tunnels).toHaveLength(1);
  });

  test('that is down is tried again before the step fails', async ({ run }) => {
    const result = await run({ timeout: `${SHORT_TIMEOUT}` }, { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    expectFailure(result, 'proxy');
    expect(errorOf(result)).toContain('ECONNREFUSED');
    expect(attemptsOf(result)).toBeGreaterThan(1);
  });
});

test('an unusable proxy URL fails the step, and the proxy is not bypassed', async ({ datadog, run }) => {
  const result = await run({}, { env: { HTTPS_PROXY: 'http://user:Pr0xy#w0rd@127.0.0.1:3128' } });
  expectFailure(result, 'proxy');
  expect(errorOf(result)).toContain('the HTTPS_PROXY environment variable does not hold a usable proxy URL');
  expect(printed(result)).not.toMatch(/Pr0xy|w0rd/);
  expect(datadog.tunnels).toEqual([]);
});

// Verification cannot be switched off.
const NODE_TLS_REJECT_UNAUTHORIZED = '0';

describe('nothing is sent, not even with verification switched off, if the certificate', () => {
  test.for([
    ['api.datadoghq.com', 'false'],
    ['api.eu.opsgenie.com', 'true'],
  ] as const)('of %s has an unknown issuer', async ([host, verify_key], { datadog, run }) => {
    const NODE_EXTRA_CA_CERTS = join(tmpdir(), 'no-such-certificate.pem');
    const result = await run({ verify_key }, { env: { NODE_EXTRA_CA_CERTS, NODE_TLS_REJECT_UNAUTHORIZED } });
    expectFailure(result, 'certificate');
    expect(errorOf(result)).toContain(`The certificate of ${host} (through the proxy `);
    expect(errorOf(result)).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(errorOf(result)).toContain(NODE_EXTRA_CA_CERTS);
    expect(datadog.tunnels).toHaveLength(1);
    expect(datadog.requests).toEqual([]);
  });

  test('has expired, belongs to another host, or is too weak', async ({ datadog, run }) => {
    const { authority } = datadog;
    const hosts = ['api.datadoghq.com'];
    for (const [certificate, code] of [
      [await authority.issue(hosts, new Date(Date.now() - 60_000)), 'CERT_HAS_EXPIRED'],
      [await authority.issue(['api.datadoghq.com.evil.example']), 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [await authority.issueWeak(hosts), 'UNSPECIFIED'],
    ] as const) {
      datadog.useCertificate(certificate);
      const result = await run({}, { env: { NODE_TLS_REJECT_UNAUTHORIZED } });
      expectFailure(result, 'certificate');
      expect(errorOf(result)).toContain(code);
    }
    expect(datadog.requests).toEqual([]);
  });
});
