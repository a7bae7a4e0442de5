import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { KEYS } from '../../simulation/scenario.ts';
import { respond, type Script } from '../../simulation/scripts.ts';
import { INTERNAL } from '../../src/remedies.ts';
import { expectFailure, printed } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';
import { preload } from '../support/preload.ts';

test('every key of at least four characters is masked before any other output, used or not', async ({ run }) => {
  const env = { DD_API_KEY: 'another-api-key', DD_ACCESS_TOKEN: 'another-token', DD_BEARER_TOKEN: 'abc' };
  const { raw } = await run({ account_id: 'x' }, { env, secrets: [] });
  const masked = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp, 'another-api-key', 'another-token'];
  const lines = raw.split('\n').filter((line, index) => index < masked.length || line.startsWith('::add-mask::'));
  expect(lines.sort()).toEqual(masked.map((secret) => `::add-mask::${secret}`).sort());
});

test('placeholders are not masked, and of several lines only those of at least four characters', async ({ run }) => {
  const env = { DD_API_KEY: 'false', DD_APP_KEY: 'DD_APP_KEY' };
  const { raw, errors } = await run(
    { api_key: '{\n"key": "x"\n}', dd_api_key: '', dd_app_key: '' },
    { env, secrets: [] },
  );
  expect(raw.match(/^::add-mask::.*$/gm)).toEqual(['::add-mask::"key": "x"']);
  expect(errors[0]?.message).toContain('- DD_APP_KEY looks like the name of a variable or secret.');
});

describe('text from a server', () => {
  const [key, token] = [KEYS.opsgenie, KEYS.accessToken];
  const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${key.toUpperCase()} ${encodeURIComponent(token)} ${Buffer.from(key).toString('hex')}`;
  const scripts: { readonly [name: string]: readonly Script[] } = {
    'in errors': [respond(422, { errors: [evil, { title: evil, detail: evil, source: { pointer: evil } }] })],
    'in headers': [
      respond(429, '', { 'Retry-After': '999', 'X-RateLimit-Name': key, 'X-RateLimit-Limit': key, Location: key }),
    ],
    'in a web page': [respond(400, `<html><title>${evil}</title></html>`)],
    'in a confirmation': [respond(200, { data: resource(evil, 'eu') })],
    'in a list of accounts': [respond(404, ''), respond(200, { data: [resource(evil, evil), resource(key, key)] })],
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
      for (const form of [key, key.toUpperCase(), token, Buffer.from(key).toString('hex')]) {
        expect(printed(result)).not.toContain(form);
      }
    },
  );
});

describe('a key that appears in plain text in the event', () => {
  test('causes a warning to rotate it again', async ({ run }) => {
    const payload = { client_payload: { rotated: [{ key: `GenieKey ${KEYS.opsgenie}` }] } };
    const result = await run({}, { event: { name: 'repository_dispatch', actor: 'octocat', payload } });
    expect(result.exitCode).toBe(0);
    expect(result.warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^api_key appears in plain text .*Rotate this key again/),
    ]);
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });
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
    const env = { RUNNER_DEBUG, ...preload(`process.on('SIGUSR2', () => { ${bug} })`) };
    const { promise: cancelled, resolve: signal } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(() => signal('SIGUSR2'));
    const result = await run({}, { env, secrets: [], cancelled });
    expectFailure({ ...result, raw: '' }, 'internal');
    expect(result.outputs.updated).toBe('unknown');
    expect(result.log.match(/^Debug: (?:TypeError: bug|Error: \*\*\*|at .*)$/gm) !== null).toBe(isShown);
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });
});

test('a fixed message is printed if the report itself fails', async ({ datadog, run }) => {
  // The first annotation cannot be printed.
  const env = preload(`
    const { stdout } = process;
    const { write } = stdout;
    stdout.write = (text, ...rest) => {
      if (!text.startsWith('::error')) return write.call(stdout, text, ...rest);
      stdout.write = write;
      throw Error(process.env.INPUT_API_KEY);
    };`);
  datadog.script(respond(422, ''));
  const result = await run({}, { env, secrets: [] });
  expect(result).toMatchObject({ exitCode: 1, outputs: { updated: 'false', failure: 'internal' } });
  expect(result.errors).toMatchObject([{ message: expect.stringContaining(INTERNAL) }]);
  expect(printed(result)).not.toContain(KEYS.opsgenie);
});
