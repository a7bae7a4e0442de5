import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { HAS_SIGNALS } from '../../simulation/runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { answer, type Script } from '../../simulation/scripts.ts';
import { FAILURES } from '../../src/failure.ts';
import { expectFailure, printed, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const NO_SUCH_ACCOUNT = answer(404, { errors: ['Account not found'] });

describe('after a 404', () => {
  test('annotation and summary say which accounts there are', async ({ datadog, run }) => {
    datadog.organisation.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(new RegExp(`^- .*${ACCOUNT}.* us\\.$`, 'm'));
      expect(text).toMatch(new RegExp(`^- .*${OTHER_ACCOUNT}.* eu\\.$`, 'm'));
    }
    expect(result.outputs).toMatchObject({ attempts: '1', errors: '["Account not found"]' });
    expect(datadog.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
  });

  test('they say that there are none, and that another site may be meant', async ({ datadog, run }) => {
    datadog.organisation.accounts.clear();
    const result = await run({ site: 'us3.datadoghq.com' });
    expectFailure(result, 'not-found', '404');
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(/without any Opsgenie account on us3\.datadoghq\.com.*another site/);
    }
  });

  test('they do not send anyone to the account that was not found', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, answer(200, { data: [resource(ACCOUNT.toUpperCase(), 'us')] }));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toMatch(/^- .*list has this account/m);
    expect(result.errors[0]?.message).not.toMatch(/^- Account that exists/m);
  });

  test('they say that account_id and api_key are swapped', async ({ run }) => {
    for (const dry_run of ['false', 'true']) {
      const result = await run({ account_id: KEYS.opsgenie, api_key: ACCOUNT, dry_run });
      expect(result.errors).toMatchObject([{ title: FAILURES['not-found'].title }]);
      expect(result.errors[0]?.message).toMatch(/^- .*swapped/m);
    }
  });

  test('more accounts than fit are counted', async ({ datadog, run }) => {
    const accounts = Array.from({ length: 500 }, (_, index) => resource(`${index}`.padStart(36, '0'), 'us'));
    datadog.script(NO_SUCH_ACCOUNT, answer(200, { data: accounts }));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toMatch(/… and 4\d\d more/);
  });

  test.for([
    ['one', { errors: ['x'.repeat(6_000)] }],
    ['many', { errors: Array.from({ length: 60 }, (_, index) => `${index}: ${'x'.repeat(90)}`) }],
  ] as const)('long texts of the 404 leave room for them: %s', async ([, body], { datadog, run }) => {
    const accounts = Array.from({ length: 500 }, () => resource(UNKNOWN_ACCOUNT, 'us'));
    datadog.script(answer(404, body), answer(200, { data: accounts }));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message).toMatch(/^- .*xxx/m);
    for (const text of [result.errors[0]?.message, result.summary]) {
      expect(text).toMatch(new RegExp(`^- Account that exists: ${UNKNOWN_ACCOUNT}`, 'm'));
    }
  });

  test('what the list says cannot forge a command, leak a key or break the summary', async ({ datadog, run }) => {
    const evil = `\n::error title=forged::x\r##[stop-commands]y </td><script> ${KEYS.opsgenie}`;
    const accounts = [resource(evil, evil), { ...resource(UNKNOWN_ACCOUNT, ''), attributes: { region: { evil } } }];
    datadog.script(NO_SUCH_ACCOUNT, answer(200, { data: accounts }));
    const result = await run({}, { secrets: [] });
    expectFailure(result, 'not-found', '404');
    expect(result.annotations).toHaveLength(1);
    expect(new Set(result.commands)).toEqual(new Set(['add-mask']));
    expect(result.summary).not.toContain('<script>');
    expect(result.errors[0]?.message).toContain('region unknown');
    expect(printed(result)).not.toContain(KEYS.opsgenie);
  });

  const failing: { readonly [name: string]: Script } = {
    'keys that may not list': answer(403, { errors: ['Forbidden'] }),
    'a rate limit': answer(429, { errors: ['Too many'] }, { 'X-RateLimit-Reset': '3600' }),
    'a fault of the server': answer(500, { errors: ['Internal error'] }),
    'a web page': answer(200, '<html><title>Sign in</title></html>'),
    'no list': answer(200, { data: {} }),
    'a lost connection': (request) => request.socket.destroy(),
    'a cut-off answer': (request) => request.socket.end('HTTP/1.1 200 OK\r\n\r\n{"data": ['),
    'an endless answer': answer(200, ' '.repeat(300_000)),
  };
  test.for(Object.entries(failing))(
    'the 404 stands as it is if the list fails: %s',
    async ([, list], { datadog, run }) => {
      datadog.script(NO_SUCH_ACCOUNT, list);
      const result = await run();
      expectFailure(result, 'not-found', '404');
      expect(result.errors[0]?.message).toContain('Nothing was changed');
      expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Account not found']);
      expect(result.outputs).toMatchObject({ attempts: '1', errors: '["Account not found"]' });
      expect(datadog.requests).toHaveLength(2);
    },
  );

  test('the 404 stands as it is if the keys may write but not list', async ({ run }) => {
    const result = await run({ account_id: UNKNOWN_ACCOUNT, dd_app_key: KEYS.writeOnly });
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Account not found']);
  });

  test.runIf(HAS_SIGNALS)('the 404 stands as it is if the run is cancelled meanwhile', async ({ datadog, run }) => {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
    datadog.script(NO_SUCH_ACCOUNT, () => cancel('SIGINT'));
    const result = await run({}, { cancelled });
    expectFailure(result, 'not-found', '404');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Account not found']);
    expect(result.duration).toBeLessThan(3_000);
  });

  test('a list that never comes costs no more than the timeout', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, () => {});
    const result = await run({ timeout: '2' });
    expectFailure(result, 'not-found', '404');
    expect(result.duration).toBeLessThan(4_000);
  });

  test('a list that never comes costs seconds, not all of a long timeout', async ({ datadog, run }) => {
    datadog.script(NO_SUCH_ACCOUNT, () => {});
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.duration).toBeLessThan(20_000);
  });
});
