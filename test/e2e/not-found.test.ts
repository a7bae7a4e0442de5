import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { respond, type Script } from '../../simulation/scripts.ts';
import { expectFailure, expectInTime, printed, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const NO_SUCH_ACCOUNT = respond(404, { errors: ['Account not found'] });

describe('after a 404, annotation and summary', () => {
  test('list the existing accounts', async ({ datadog, run }) => {
    datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(new RegExp(`^- Existing account: ${ACCOUNT}, region us\\.$`, 'm'));
      expect(text).toMatch(new RegExp(`^- Existing account: ${OTHER_ACCOUNT}, region eu\\.$`, 'm'));
    }
    expect(result.outputs).toMatchObject({ attempts: '1', errors: '["Account not found"]' });
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('say that there are no accounts, and suggest another site', async ({ datadog, run }) => {
    datadog.organization.accounts.clear();
    const result = await run({ site: 'us3.datadoghq.com' });
    expectFailure(result, 'not-found', '404');
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(/has no Opsgenie account on us3\.datadoghq\.com.*another site/);
    }
  });

  test('do not suggest the account that was not found', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, respond(200, { data: [resource(ACCOUNT.toUpperCase(), 'us')] }));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toMatch(/^- Datadog lists this account, but returned 404 to its update/m);
    expect(result.errors[0]?.message).not.toContain('Existing account');
  });

  test.for(['false', 'true'])('say that account_id and api_key are swapped (dry_run: %s)', async (dry_run, { run }) => {
    const result = await run({ account_id: KEYS.opsgenie, api_key: ACCOUNT, dry_run });
    expectFailure(result, 'not-found', dry_run === 'true' ? '200' : '404');
    expect(result.errors[0]?.message).toMatch(/^- .*account_id and api_key are swapped/m);
  });

  test.for([
    ['one long text', { errors: ['x'.repeat(6_000)] }],
    ['many texts', { errors: Array.from({ length: 60 }, (_, index) => `${index}: ${'x'.repeat(90)}`) }],
  ] as const)("have room for the accounts next to Datadog's errors: %s", async ([, body], { datadog, run }) => {
    const accounts = Array.from({ length: 500 }, () => resource(UNKNOWN_ACCOUNT, 'us'));
    datadog.script(respond(404, body), respond(200, { data: accounts }));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toMatch(/^- .*xxx/m);
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(new RegExp(`^- Existing account: ${UNKNOWN_ACCOUNT}`, 'm'));
    }
  });

  test('contain no command, key, or markup from the list', async ({ datadog, run }) => {
    const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${KEYS.opsgenie}`;
    const accounts = [resource(evil, evil), { ...resource(UNKNOWN_ACCOUNT, ''), attributes: { region: { evil } } }];
    datadog.script(NO_SUCH_ACCOUNT, respond(200, { data: accounts }));
    const result = await run({}, { secrets: [] });
    expectFailure(result, 'not-found', '404');
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<script>');
    expect(result.errors[0]?.message).toContain('region unknown');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });
});

describe('the 404 is reported on its own if the accounts cannot be listed', () => {
  const failing: { readonly [name: string]: Script } = {
    'keys without the permission': respond(403, { errors: ['Forbidden'] }),
    'rate limit': respond(429, { errors: ['Too many'] }, { 'X-RateLimit-Reset': '3600' }),
    'server error': respond(500, { errors: ['Internal error'] }),
    'web page': respond(200, '<html><title>Sign in</title></html>'),
    'no list': respond(200, { data: {} }),
    'connection reset': (request) => request.socket.destroy(),
    'answer cut off': (request) => request.socket.end('HTTP/1.1 200 OK\r\n\r\n{"data": ['),
  };
  test.for(Object.entries(failing))('%s', async ([, list], { datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, list);
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Datadog said: Account not found']);
    expect(result.outputs).toMatchObject({ attempts: '1', errors: '["Account not found"]' });
    expect(datadog.requests).toHaveLength(2);
  });

  test('keys that may only write', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT, dd_app_key: KEYS.writeOnly });
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Datadog said: Account not found']);
  });

  test.runIf(HAS_SIGNALS)('cancelled run', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(NO_SUCH_ACCOUNT, () => cancel('SIGINT'));
    const result = await run({}, { cancelled });
    expectFailure(result, 'not-found', '404');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Datadog said: Account not found']);
  });

  const secondsOfList = (log: string): number => Number(/GET .*: no-response, after ([\d.]+) s/.exec(log)?.[1]);

  test('no answer before the timeout', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, () => {});
    const result = await run({ timeout: '8' }, { env: { RUNNER_DEBUG: '1' } });
    expectFailure(result, 'not-found', '404');
    expect(secondsOfList(result.log)).toBeLessThan(9.5);
    expectInTime(result, 8);
  });

  test('no answer within ten seconds', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, () => {});
    const result = await run({}, { env: { RUNNER_DEBUG: '1' } });
    expectFailure(result, 'not-found', '404');
    expect(secondsOfList(result.log)).toBeGreaterThanOrEqual(10);
    expectInTime(result, 10);
  });
});
