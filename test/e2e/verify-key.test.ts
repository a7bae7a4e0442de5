import { describe, expect } from 'vitest';
import { HAS_SIGNALS, type StepResult } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS } from '../../simulation/scenario.ts';
import { always, type ProxyScript, respond, type Script } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import type { FailureKind } from '../../src/failure.ts';
import { networkRemedy } from '../../src/remedies.ts';
import { ENCODINGS } from '../support/encodings.ts';
import { expectFailure, expectInTime, gap, printed, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const VERIFY = { verify_key: 'true' };

const DATADOG = 'api.datadoghq.com';
const OPSGENIE = 'api.eu.opsgenie.com';

/** A region, its API host, and a key that is accepted there. */
const REGIONS = [
  ['us', 'api.opsgenie.com', KEYS.opsgenieUs],
  ['eu', OPSGENIE, KEYS.opsgenie],
] as const;

const ACCEPTED = { data: { name: 'acme' } };

function hosts({ requests }: SimulatedServer): string[] {
  return requests.map(({ host }) => host);
}

/** Checks that a run failed before it sent anything to Datadog, and that its outputs say so. */
function expectNotUpdated(result: StepResult, kind: FailureKind, datadog: SimulatedServer): void {
  expectFailure(result, kind);
  expect(saysMayBeApplied(result)).toBe(false);
  expect(result.outputs).toMatchObject({ updated: 'false', attempts: '0', status_code: '', errors: '[]' });
  expect(datadog.tunnels).not.toContain(`${DATADOG}:443`);
  expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region: 'us', apiKey: KEYS.before });
}

describe.for(REGIONS)('verify_key in region %s', ([region, host, api_key]) => {
  test('updates Datadog after Opsgenie has accepted the key', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region, api_key });
    expect(result).toMatchObject({ exitCode: 0, annotations: [] });
    expect(hosts(datadog)).toEqual([host, DATADOG]);
    expect(datadog.requests[0]).toMatchObject({ method: 'GET', path: '/v2/account', body: '' });
    expect(datadog.requests[0]?.headers.authorization).toBe(`GenieKey ${api_key}`);
    expect(datadog.organization.accounts.get(ACCOUNT)).toEqual({ region, apiKey: api_key });
    expect(result.outputs).toMatchObject({ updated: 'true', attempts: '1', status_code: '200' });
    const accepted = `Opsgenie accepted the API key (${host}).`;
    expect(result.log.match(/^Opsgenie accepted.*$/gm)).toEqual([accepted]);
    expect(result.summary).toContain(accepted);
  });

  const otherKey = region === 'us' ? KEYS.opsgenie : KEYS.opsgenieUs;
  test.for([
    ['an unknown key', '12345678-0000-4000-8000-123456789abc'],
    ['a key of the other region', otherKey],
  ] as const)('rejects %s after one retry', async ([, rejected], { datadog, run }) => {
    const result = await run({ ...VERIFY, region, api_key: rejected });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(hosts(datadog)).toEqual([host, host]);
    expect(gap(datadog.requests)).toBeGreaterThanOrEqual(3_000);
    expect(result.errors[0]?.message).toContain(`${host} returned 401 Unauthorized. The key is unknown, disabled, or`);
    expect(result.errors[0]?.message).toMatch(/^- Opsgenie said: Could not authenticate$/m);
  });

  test('rejects a key without Configuration access at once', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region, api_key: KEYS.opsgenieWithoutConfigurationAccess });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(hosts(datadog)).toEqual([host]);
    expect(result.errors[0]?.message).toContain(`${host} returned 403 Forbidden. The key exists, but lacks`);
  });

  test('rejects a value that is not an Opsgenie key at once', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, region, api_key: 'not-an-opsgenie-key' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(hosts(datadog)).toEqual([host]);
    expect(result.errors[0]?.message).toContain(`${host} returned 422 Unprocessable Entity. api_key does not have the`);
  });
});

describe('verify_key retries', () => {
  const faults: { readonly [name: string]: Script } = {
    'a key that is too new to be known': respond(401, { message: 'Could not authenticate' }),
    'a rate limit': respond(429, { message: 'Too many requests' }, { 'Retry-After': '1' }),
    ...Object.fromEntries([408, 500, 502, 503, 504].map((status) => [`status ${status}`, respond(status, 'busy')])),
    'a connection reset': (request) => request.socket.destroy(),
    'an answer that is cut off': (_, response) => {
      response.writeHead(200, { 'Content-Length': 999 }).write(JSON.stringify(ACCEPTED));
      setImmediate(() => response.destroy());
    },
  };
  test.for(Object.entries(faults))('%s, and then updates Datadog', async ([, fault], { datadog, run }) => {
    datadog.scriptOpsgenie(fault);
    const result = await run({ ...VERIFY, timeout: '120' });
    expect(result).toMatchObject({ exitCode: 0, annotations: [] });
    expect(hosts(datadog)).toEqual([OPSGENIE, OPSGENIE, DATADOG]);
    expect(result.log).toMatch(/^Attempt 1: .*api\.eu\.opsgenie\.com.* Retrying in [\d.]+ s \(attempt 2\)\.$/m);
    // These are about Datadog alone.
    expect(result.outputs).toMatchObject({ updated: 'true', attempts: '1', status_code: '200' });
  });

  const lasting: { readonly [name: string]: Script } = {
    'a connection that is always reset': (request) => request.socket.destroy(),
    'a server error that lasts': respond(500, ''),
    'no answer': () => {},
  };
  test.for(Object.entries(lasting))('%s until the time is up', async ([, fault], { datadog, run }) => {
    datadog.scriptOpsgenie(...always(fault));
    const result = await run({ ...VERIFY, timeout: '5' });
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toContain(OPSGENIE);
    expectInTime(result, 5);
  });

  test('a new key only once, even with another failure in between', async ({ datadog, run }) => {
    const unknown = respond(401, { message: 'Could not authenticate' });
    datadog.scriptOpsgenie(unknown, respond(503, ''), unknown);
    expectNotUpdated(await run({ ...VERIFY, timeout: '120' }), 'key-rejected', datadog);
    expect(datadog.requests).toHaveLength(3);
  });

  test('not at all if the wait does not fit into the timeout', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(...always(respond(429, '', { 'Retry-After': '3600' })));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toContain('The server asks to wait 3600 s');
    expect(datadog.requests).toHaveLength(1);
  });

  test('within the timeout that it shares with the update', async ({ datadog, run }) => {
    datadog.scriptOpsgenie(respond(429, '', { 'Retry-After': '3' }));
    datadog.script(respond(429, '', { 'Retry-After': '3600' }));
    const result = await run({ ...VERIFY, timeout: '60' });
    expectFailure(result, 'rate-limited', '429');
    expect(hosts(datadog)).toEqual([OPSGENIE, OPSGENIE, DATADOG]);
    const [, left] = /only ([\d.]+) s of `timeout` are left/.exec(result.errors[0]?.message ?? '') ?? [];
    expect(Number(left)).toBeLessThan(57);
  });
});

describe('verify_key leaves Datadog untouched if the answer says nothing about the key', () => {
  const page = '<html><title>Sign in</title></html>';
  const redirect = { Location: 'https://api.opsgenie.com/v2/account' };
  const answers: { readonly [name: string]: Script } = {
    '402 Payment Required': respond(402, { message: 'Your plan does not allow this' }),
    '403 with another code': respond(403, { message: 'Forbidden', code: 40302 }),
    '403 with the code as a string': respond(403, { message: 'Forbidden', code: '40301' }),
    '403 without a code': respond(403, page),
    '404 Not Found': respond(404, { message: 'Not found' }),
    '410 Gone': respond(410, ''),
    '422 with another message': respond(422, { message: 'Something else' }),
    '401 without a message': respond(401, page),
    '501 Not Implemented': respond(501, ''),
    '204 No Content': respond(204, ''),
    '201 with a name': respond(201, ACCEPTED),
    ...Object.fromEntries(
      [301, 302, 303, 307, 308].map((status) => [`redirect ${status}`, respond(status, '', redirect)]),
    ),
    '200 without data': respond(200, { took: 0.1 }),
    '200 without a name': respond(200, { data: { userCount: 3 } }),
    '200 with a number as the name': respond(200, { data: { name: 7 } }),
    '200 with a list': respond(200, { data: [ACCEPTED.data] }),
    '200 with a web page': respond(200, page),
    '200 without a body': respond(200, ''),
    '200 that is cut off without a length': (request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n\r\n${JSON.stringify(ACCEPTED).slice(0, -1)}`);
    },
    '200 of more than 1 MiB': respond(200, { ...ACCEPTED, filler: 'x'.repeat(1024 * 1024) }),
  };
  test.for(Object.entries(answers))('%s', async ([, script], { datadog, run }) => {
    datadog.scriptOpsgenie(script);
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toMatch(/api\.eu\.opsgenie\.com returned \d.*, which says nothing about the key/);
    // Not retried, and no redirect followed.
    expect(datadog.tunnels).toEqual([`${OPSGENIE}:443`]);
  });
});

describe('verify_key leaves Datadog untouched if Opsgenie cannot be reached safely', () => {
  test('because of an untrusted certificate', async ({ datadog, run }) => {
    datadog.useCertificate(await datadog.authority.issue([DATADOG]));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toContain(networkRemedy('certificate'));
    expect(datadog.tunnels).toHaveLength(1);
    expect(datadog.requests).toEqual([]);
  });

  test.for([
    ['proxy-denied', '403 Forbidden'],
    ['proxy-credentials', '407 Proxy Authentication Required'],
  ] as const)('because of %s', async ([problem, status], { datadog, run }) => {
    datadog.scriptProxy(...always<ProxyScript>((client) => client.end(`HTTP/1.1 ${status}\r\n\r\n`)));
    const result = await run(VERIFY);
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toContain(networkRemedy(problem));
    expect(datadog.tunnels).toHaveLength(1);
  });

  test('because of invalid proxy settings', async ({ datadog, run }) => {
    const HTTPS_PROXY = datadog.environment.HTTPS_PROXY.replace('http:', 'https:');
    const result = await run(VERIFY, { env: { HTTPS_PROXY } });
    expectNotUpdated(result, 'key-not-verified', datadog);
    expect(result.errors[0]?.message).toContain(networkRemedy('proxy-setting'));
    expect(datadog.tunnels).toEqual([]);
  });
});

describe('verify_key never', () => {
  test('sends the keys of one service to the other', async ({ datadog, run }) => {
    expect(await run(VERIFY)).toMatchObject({ exitCode: 0 });
    const [opsgenie, update] = datadog.requests;
    expect(opsgenie?.host).toBe(OPSGENIE);
    for (const key of [KEYS.datadogApi, KEYS.datadogApp]) expect(JSON.stringify(opsgenie)).not.toContain(key);
    expect(update?.host).toBe(DATADOG);
    expect(update?.headers).not.toHaveProperty('authorization');
  });

  test.for(Object.entries(ENCODINGS))(
    "prints a key that Opsgenie's message echoes: %s",
    async ([, encode], { datadog, run }) => {
      const key = encode(KEYS.opsgenie);
      datadog.scriptOpsgenie(respond(403, { message: `No access for ${key}`, code: 40301 }));
      const result = await run(VERIFY, { secrets: [], env: { RUNNER_DEBUG: '1' } });
      expectNotUpdated(result, 'key-rejected', datadog);
      expect(result.errors[0]?.message).toContain('No access for');
      expect(printed(result)).not.toContain(key);
    },
  );

  // Opsgenie's account is customer data.
  const marker = 'marker-5f3a';
  const fields = { requestId: marker, [marker]: [marker], errors: [marker], data: { plan: { name: marker } } };
  const headers = { 'X-Marker': marker, 'X-RateLimit-Name': marker, 'X-RateLimit-Limit': marker };
  test.for<[string, Script]>([
    ['200', respond(200, { ...fields, data: { name: marker } }, headers)],
    ['200 without a name', respond(200, fields, headers)],
    ['401', respond(401, { ...fields, message: 'Could not authenticate' }, headers)],
    ['403', respond(403, { ...fields, message: 'No access', code: 40301 }, headers)],
    ['422', respond(422, { ...fields, message: 'Key format is not valid!' }, headers)],
    ['429', respond(429, fields, { ...headers, 'Retry-After': '3600' })],
    ['500', respond(500, `<html><title>${marker}</title></html>`, headers)],
    ['302', respond(302, marker, { ...headers, Location: `https://${marker}.example/` })],
  ])('prints anything but the message of an answer: %s', async ([, script], { datadog, run }) => {
    datadog.scriptOpsgenie(script);
    const result = await run({ ...VERIFY, timeout: '120' }, { secrets: [], env: { RUNNER_DEBUG: '1' } });
    expect(result.log).toContain(`Debug: GET https://${OPSGENIE}/v2/account: `);
    expect(result.raw).not.toContain(marker);
  });
});

describe('verify_key with a dry run', () => {
  test('asks Opsgenie, then looks up the account', async ({ datadog, run }) => {
    const result = await run({ ...VERIFY, dry_run: 'true' });
    expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { updated: 'false', failure: '' } });
    expect(hosts(datadog)).toEqual([OPSGENIE, DATADOG]);
    expect(datadog.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    for (const text of [result.log, result.summary]) {
      expect(text).toContain(`Opsgenie accepted the API key (${OPSGENIE}).`);
      expect(text).toContain('Dry run passed');
    }
  });

  test('fails on a rejected key before it looks up the account', async ({ datadog, run }) => {
    const api_key = KEYS.opsgenieWithoutConfigurationAccess;
    const result = await run({ ...VERIFY, api_key, dry_run: 'true' });
    expectNotUpdated(result, 'key-rejected', datadog);
    expect(result.errors[0]?.message).toContain('This was a dry run: nothing was changed.');
    expect(hosts(datadog)).toEqual([OPSGENIE]);
  });
});

describe('verify_key', () => {
  test.for(['', 'false', 'FALSE'])('does not ask Opsgenie if it is "%s"', async (verify_key, { datadog, run }) => {
    const result = await run({ verify_key });
    expect(result.exitCode).toBe(0);
    expect(hosts(datadog)).toEqual([DATADOG]);
    expect(`${result.log}${result.summary}`).not.toContain('Opsgenie accepted');
  });

  test.for<[string, Record<string, string>, RegExp]>([
    ['no region', { region: '' }, /^- verify_key is true, but region is empty\. Set region to us or eu\.$/m],
    ['region custom', { region: 'custom' }, /^- verify_key is true, but region is custom\. Set region to us or eu\.$/m],
    ['region_only', { api_key: '', region_only: 'true' }, /^- verify_key is true, but region_only is true as well/m],
    [
      'a value that is neither true nor false',
      { verify_key: 'yes' },
      /^- verify_key: "yes" is neither true nor false/m,
    ],
  ])('is an input error with %s', async ([, inputs, problem], { datadog, run }) => {
    const result = await run({ ...VERIFY, ...inputs });
    expectFailure(result, 'inputs');
    expect(result.errors[0]?.message).toMatch(problem);
    expect(result.errors[0]?.message.match(/^- /gm)).toHaveLength(1);
    expect(datadog.tunnels).toEqual([]);
  });

  test('is mentioned if Datadog rejects the update', async ({ datadog, run }) => {
    datadog.script(respond(422, { errors: ['Not valid'] }));
    const result = await run(VERIFY);
    expectFailure(result, 'update-rejected', '422');
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toContain(`Opsgenie accepted the API key (${OPSGENIE}).`);
    }
  });

  test.runIf(HAS_SIGNALS)('leaves Datadog untouched if the run is cancelled meanwhile', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.scriptOpsgenie(() => cancel('SIGINT'));
    const result = await run(VERIFY, { cancelled });
    expectNotUpdated(result, 'cancelled', datadog);
    expect(result.duration).toBeLessThan(30_000);
  });
});
