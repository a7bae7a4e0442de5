import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { answer } from '../../simulation/scripts.ts';
import { FAILURES } from '../../src/failure.ts';
import { ENCODINGS } from '../support/encodings.ts';
import { expectFailure, printed, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const SENT = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp];

describe('a key that a server hands back stands nowhere in what is printed', () => {
  test.for(Object.entries(ENCODINGS))('%s', async ([, encode], { datadog, run }) => {
    const echo = SENT.map(encode).join(' and ');
    const errors = [echo, { title: echo, detail: echo, source: { pointer: echo, parameter: echo, header: echo } }];
    datadog.script(
      answer(429, { errors }, { 'Retry-After': '999', 'X-RateLimit-Name': echo, 'X-RateLimit-Limit': echo }),
    );
    const result = await run({}, { secrets: [], env: { RUNNER_DEBUG: '1' } });
    expect(result.exitCode).toBe(1);
    const text = printed(result);
    for (const secret of SENT) expect(text).not.toContain(encode(secret));
  });

  test('in the reason of a redirect, a confirmed id or region, or a web page', async ({ datadog, run }) => {
    const [key] = SENT;
    datadog.script(
      answer(302, '', { Location: `https://${key}.evil.example/${key}` }),
      answer(200, { data: { id: key, type: 'opsgenie-account', attributes: { region: 'eu' } } }),
      answer(200, { data: { id: STEP.with.account_id, type: 'opsgenie-account', attributes: { region: key } } }),
      answer(404, `<html><title>${key}</title></html>`),
      answer(200, { data: [resource(`${key}`, `${key}`)] }),
    );
    for (let count = 0; count < 4; count += 1) {
      const result = await run({}, { secrets: [] });
      expect(result.exitCode).toBe(1);
      expect(printed(result)).not.toContain(key);
    }
    expect(datadog.requests).toHaveLength(5);
  });
});

test('a value of many lines in the place of a key costs no time, and no annotation', async ({ datadog, run }) => {
  const lines = Array.from({ length: 1_500 }, (_, index) => `${index}`.padStart(64, 'line'));
  datadog.script(answer(422, { errors: [`R&D ${lines[7]}`] }));
  const result = await run({ timeout: '1' }, { env: { DD_API_KEY: lines.join('\n') }, secrets: [] });
  expectFailure(result, 'invalid-values', '422');
  expect(printed(result)).not.toContain(lines[7]);
  expect(result.duration).toBeLessThan(3_000);
});

test('a fault before anything could be reported is told, without its words', async ({ run }) => {
  const fault = 'throw(Error(process.env.INPUT_API_KEY))';
  const preload = `data:text/javascript,const{uptime}=process;process.uptime=()=>{process.uptime=uptime;${fault}}`;
  const result = await run({}, { env: { NODE_OPTIONS: `--import=${preload}` }, secrets: [] });
  expect(result.exitCode).toBe(1);
  const { title, remedy } = FAILURES.internal;
  expect(result.errors).toMatchObject([{ title, message: expect.stringContaining(remedy) }]);
  expect(saysMayBeApplied(result)).toBe(true);
  expect(printed(result)).not.toContain(KEYS.opsgenie);
});

describe('debug logging', () => {
  test('shows method, URL, status, time and rate limit, but no header and no body', async ({ datadog, run }) => {
    datadog.organisation.rateLimit = { limit: 7, periodSeconds: 60 };
    const { log } = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expect(log).toMatch(
      /Debug: PATCH https:\/\/api\.datadoghq\.com\/\S+: 200, .*x-ratelimit-limit 7.* after \d(?:\.\d)? s$/m,
    );
    expect(log).not.toMatch(/dd-api-key|content-type|attributes/i);
  });

  test('names a failed exchange by its kind', async ({ datadog, run }) => {
    datadog.script((request) => request.socket.destroy());
    const { log } = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expect(log).toMatch(/Debug: PATCH \S+: answer-cut-off, after/);
  });

  test('is silent unless it is turned on', async ({ run }) => {
    expect((await run()).log).not.toContain('Debug');
  });
});

describe('a key that came in as plain text', () => {
  const events = {
    'an input of workflow_dispatch': ['workflow_dispatch', { inputs: { key: KEYS.opsgenie } }],
    'a payload of repository_dispatch, deep inside': [
      'repository_dispatch',
      { client_payload: { rotated: [{ what: { key: `GenieKey ${KEYS.opsgenie}` } }] } },
    ],
  } as const;
  test.for(Object.entries(events))('%s: a warning says to rotate it again', async ([, [name, payload]], { run }) => {
    const result = await run({}, { event: { name, actor: 'octocat', payload } });
    expect(result.exitCode).toBe(0);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]?.message).toMatch(/^api_key .*[Rr]otate/);
    expect(result.warnings[0]?.message).not.toContain(KEYS.opsgenie);
  });

  test('each key is named, once, also when the step fails', async ({ datadog, run }) => {
    const payload = { inputs: { a: KEYS.opsgenie, b: KEYS.datadogApp } };
    datadog.script(answer(422, ''));
    const result = await run({}, { event: { name: 'workflow_dispatch', actor: 'octocat', payload } });
    expect(result.errors).toHaveLength(1);
    expect(result.warnings.map(({ message }) => /^\w+/.exec(message)?.[0])).toEqual(['api_key', 'dd_app_key']);
  });

  test('no warning where the key came in as a secret', async ({ run }) => {
    const event = { name: 'workflow_dispatch', actor: 'octocat', payload: { inputs: { account: 'production' } } };
    expect((await run({}, { event })).warnings).toEqual([]);
  });
});
