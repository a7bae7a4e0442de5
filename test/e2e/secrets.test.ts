import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { respond, type Script } from '../../simulation/scripts.ts';
import { errorOf, expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { preload } from '../support/preload.ts';

test('every key of at least 16 characters is masked before any other output, used or not', async ({ run }) => {
  const env = { DD_API_KEY: 'another-api-key-1', DD_APP_KEY: 'short' };
  const inputs = { dd_access_token: KEYS.accessToken, 'api-key': KEYS.opsgenieUs };
  const { raw } = await run(inputs, { env, secrets: [] });
  const { opsgenie, opsgenieUs, datadogApi, datadogApp, accessToken } = KEYS;
  const masked = [opsgenie, opsgenieUs, datadogApi, datadogApp, accessToken, 'another-api-key-1'];
  const lines = raw.split('\n').filter((line, index) => index < masked.length || line.startsWith('::add-mask::'));
  expect(lines.sort()).toEqual(masked.map((secret) => `::add-mask::${secret}`).sort());
});

test('a key of several lines is masked line by line, without lines of fewer than four characters', async ({ run }) => {
  const { raw } = await run({ api_key: '{\n  "key": "x",\r\n  "n": 123456\n}' }, { secrets: [] });
  const masks = [...raw.matchAll(/^::add-mask::(.*)$/gm)].map(([, mask]) => mask);
  expect(masks).toEqual(expect.arrayContaining(['"key": "x",', '"n": 123456']));
  expect(masks).toHaveLength(4);
});

describe('text from a server', () => {
  const [key, token] = [KEYS.opsgenie, KEYS.accessToken];
  const encoded = [key.replaceAll('-', '%2D'), token.replace('_', '%5f'), key.replaceAll('-', '')];
  const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${key.toUpperCase()} ${encoded.join(' ')}`;
  const scripts: { readonly [name: string]: readonly Script[] } = {
    'in errors': [respond(422, { errors: [evil, { title: evil, detail: evil, source: { pointer: evil } }] })],
    'in headers': [respond(429, '', { 'Retry-After': '999', 'X-RateLimit-Limit': key, Location: key })],
    'in the reason phrase of a retried response': [
      (_, response) => response.writeHead(503, `Sorry ::error::x ${key}`).end(),
      respond(422, { errors: ['no'] }),
    ],
    'in a web page': [respond(400, `<html><title>${evil}</title></html>`)],
    'in a confirmation': [respond(200, { data: resource(evil, 'eu') })],
    'in a list of accounts': [
      respond(404, { errors: ['no'] }),
      respond(200, { data: [resource(evil, evil), resource(key, key)] }),
    ],
    'in place of a list of accounts': [respond(404, { errors: ['no'] }), respond(403, { errors: [evil] })],
  };
  test.for(Object.entries(scripts))(
    'cannot forge a command, leak a key, or break the summary: %s',
    async ([, script], { datadog, run }) => {
      datadog.script(...script);
      const env = { RUNNER_DEBUG: '1' };
      const result = await run({ dd_access_token: token, dd_api_key: '', dd_app_key: '' }, { env, secrets: [] });
      expect(result.exitCode).toBe(1);
      expect(result.annotations).toHaveLength(1);
      expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
      expect(result.summary).not.toContain('<script>');
      for (const form of [key, key.toUpperCase(), token, ...encoded]) expect(printed(result)).not.toContain(form);
    },
  );
});

test('a line break or a key in an input cannot break the table of the summary', async ({ run }) => {
  const result = await run({ region: `a\n| ${KEYS.opsgenie}` }, { secrets: [] });
  expect(result.summary).toContain('| Region | a &#124; &#42;&#42;&#42; (requested) |\n\n');
  expect(printed(result)).not.toContain(KEYS.opsgenie);
});

test('a key that appears in plain text in the event causes one warning to rotate it again', async ({ run }) => {
  const payload = { client_payload: { rotated: [{ key: `GenieKey ${KEYS.opsgenie}` }] } };
  const result = await run({ region: 'mars' }, { event: { name: 'repository_dispatch', actor: 'octocat', payload } });
  expectFailure(result, 'inputs');
  expect(result.warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^api_key appears in plain text .*Rotate this key again/),
  ]);
  expect(printed(result)).not.toContain(KEYS.opsgenie);
});

describe('debug logging', () => {
  test('shows method, URL, status, time and rate limit, but no other header and no body', async ({ datadog, run }) => {
    datadog.organization.rateLimit = { limit: 7, periodSeconds: 60 };
    const { log } = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expect(log).toMatch(/Debug: PATCH https:\/\/api\.datadoghq\.com\/\S+: 200, x-ratelimit-limit 7.* after [\d.]+ s$/m);
    expect(log).not.toMatch(/dd-api-key|content-type|attributes/i);
  });

  test.runIf(HAS_SIGNALS).for([
    ['shows the stacks of an internal error and its cause', '1', true],
    ['shows no stacks unless it is enabled', '', false],
  ] as const)('%s', async ([, RUNNER_DEBUG, isShown], { datadog, run }) => {
    const bug = "throw new TypeError('bug', { cause: Error(process.env.INPUT_API_KEY) })";
    // A second error must not be printed either.
    const second = 'process.nextTick(() => { throw Error(process.env.INPUT_API_KEY) })';
    const code = `process.on('SIGUSR2', () => { ${second}; ${bug} })`;
    const env = { RUNNER_DEBUG, ...preload(code) };
    const { promise: cancelled, resolve: signal } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(() => signal('SIGUSR2'));
    const result = await run({}, { env, secrets: [], cancelled });
    expectFailure({ ...result, raw: '' }, 'internal', { updated: 'unknown' });
    expect(/^Debug: TypeError: bug$/m.test(result.log)).toBe(isShown);
    expect(/^Debug: Error: \*\*\*$/m.test(result.log)).toBe(isShown);
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });
});

test.for(['422', '200'])(
  'a fixed message is printed if the report itself fails: %s',
  async (status, { datadog, run }) => {
    // The first line about the result cannot be printed.
    const env = preload(`
    const { stdout } = process;
    const { write } = stdout;
    stdout.write = (text, ...rest) => {
      if (!/^(?:::error|Datadog.updated)/.test(text)) return write.call(stdout, text, ...rest);
      stdout.write = write;
      throw Error(process.env.INPUT_API_KEY);
    };`);
    if (status === '422') datadog.script(respond(422, ''));
    const result = await run({}, { env, secrets: [] });
    expect(result).toMatchObject({ exitCode: 1, outputs: {} });
    expect(result.errors).toMatchObject([{ title: 'Internal error' }]);
    expect(errorOf(result)).toMatch(/internal error.*may have been applied.*\nWhat to do: Report this/s);
    expect(errorOf(result)).not.toContain('changed nothing');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  },
);
