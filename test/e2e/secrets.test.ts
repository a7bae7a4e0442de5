import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { respond } from '../../simulation/scripts.ts';
import { FAILURE_TITLES } from '../../src/failure.ts';
import { INTERNAL_REMEDY } from '../../src/remedies.ts';
import { ENCODINGS } from '../support/encodings.ts';
import { expectFailure, printed, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const SENT = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp];

describe('a key that a server echoes never appears in the output', () => {
  test.for(Object.entries(ENCODINGS))('%s', async ([, encode], { datadog, run }) => {
    const echo = SENT.map(encode).join(' and ');
    const errors = [echo, { title: echo, detail: echo, source: { pointer: echo, parameter: echo, header: echo } }];
    datadog.script(
      respond(429, { errors }, { 'Retry-After': '999', 'X-RateLimit-Name': echo, 'X-RateLimit-Limit': echo }),
    );
    const result = await run({}, { secrets: [], env: { RUNNER_DEBUG: '1' } });
    expect(result.exitCode).toBe(1);
    const text = printed(result);
    for (const secret of SENT) expect(text).not.toContain(encode(secret));
  });

  test('in a redirect, a confirmed id or region, a web page, or the list of accounts', async ({ datadog, run }) => {
    const [key] = SENT;
    datadog.script(
      respond(302, '', { Location: `https://${key}.evil.example/${key}` }),
      respond(200, { data: { id: key, type: 'opsgenie-account', attributes: { region: 'eu' } } }),
      respond(200, { data: { id: STEP.with.account_id, type: 'opsgenie-account', attributes: { region: key } } }),
      respond(404, `<html><title>${key}</title></html>`),
      respond(200, { data: [resource(`${key}`, `${key}`)] }),
    );
    for (let count = 0; count < 4; count += 1) {
      const result = await run({}, { secrets: [] });
      expect(result.exitCode).toBe(1);
      expect(printed(result)).not.toContain(key);
    }
    expect(datadog.requests).toHaveLength(5);
  });
});

test('a fixed message is printed if the report itself fails', async ({ datadog, run }) => {
  // The first annotation cannot be printed.
  const preload = `data:text/javascript,
    const { stdout } = process;
    const { write } = stdout;
    stdout.write = (text, ...rest) => {
      if (!text.startsWith('::error')) return write.call(stdout, text, ...rest);
      stdout.write = write;
      throw Error(process.env.INPUT_API_KEY);
    };`;
  datadog.script(respond(422, ''));
  const env = { NODE_OPTIONS: `--import=${preload.replaceAll(/\s+/g, '%20')}` };
  const result = await run({}, { env, secrets: [] });
  expect(result.exitCode).toBe(1);
  const message = expect.stringContaining(INTERNAL_REMEDY);
  expect(result.errors).toMatchObject([{ title: FAILURE_TITLES.internal, message }]);
  expect(saysMayBeApplied(result)).toBe(true);
  expect(result.outputs).toEqual({ updated: 'unknown', failure: 'internal' });
  expect(printed(result)).not.toContain(KEYS.opsgenie);
});

describe('debug logging', () => {
  test('shows method, URL, status, time, and rate limit, but no other header and no body', async ({ datadog, run }) => {
    datadog.organization.rateLimit = { limit: 7, periodSeconds: 60 };
    const { log } = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expect(log).toMatch(
      /Debug: PATCH https:\/\/api\.datadoghq\.com\/\S+: 200, .*x-ratelimit-limit 7.* after [\d.]+ s$/m,
    );
    expect(log).not.toMatch(/dd-api-key|content-type|attributes/i);
  });

  test('shows the kind of a network failure', async ({ datadog, run }) => {
    datadog.script((request) => request.socket.destroy());
    const { log } = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expect(log).toMatch(/Debug: PATCH \S+: no-response, after/);
  });

  test('is off by default', async ({ run }) => {
    expect((await run()).log).not.toContain('Debug');
  });
});

describe('a key that appears in plain text in the event', () => {
  const events = {
    'an input of workflow_dispatch': ['workflow_dispatch', { inputs: { key: KEYS.opsgenie } }],
    'deep in the payload of repository_dispatch': [
      'repository_dispatch',
      { client_payload: { rotated: [{ what: { key: `GenieKey ${KEYS.opsgenie}` } }] } },
    ],
  } as const;
  test.for(Object.entries(events))('causes a warning to rotate it again: %s', async ([, [name, payload]], { run }) => {
    const result = await run({}, { event: { name, actor: 'octocat', payload } });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]?.message).toMatch(/^api_key appears in plain text .*Rotate this key again/);
    expect(result.warnings[0]?.message).not.toContain(KEYS.opsgenie);
  });

  test('causes one warning per key, even if the step fails', async ({ datadog, run }) => {
    const payload = { inputs: { a: KEYS.opsgenie, b: KEYS.datadogApp } };
    datadog.script(respond(422, ''));
    const result = await run({}, { event: { name: 'workflow_dispatch', actor: 'octocat', payload } });
    expectFailure(result, 'update-rejected', '422');
    expect(result.warnings.map(({ message }) => /^\w+/.exec(message)?.[0])).toEqual(['api_key', 'dd_app_key']);
  });

  test('is the only thing in an event that causes a warning', async ({ run }) => {
    const event = { name: 'workflow_dispatch', actor: 'octocat', payload: { inputs: { account: 'production' } } };
    expect((await run({}, { event })).warnings).toEqual([]);
  });
});
