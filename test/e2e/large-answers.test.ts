import { describe, expect } from 'vitest';
import { resource } from '../../simulation/datadog.ts';
import { ACCOUNT, KEYS, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, respond } from '../../simulation/scripts.ts';
import type { SimulatedServer } from '../../simulation/server.ts';
import { expectFailure, saysMayBeApplied } from '../support/expectations.ts';
import { test } from '../support/fixtures.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A block page of at least this many bytes. */
function page(bytes: number): string {
  return `<!doctype html><title>Blocked</title>${'<p>Please contact your administrator.</p>'.repeat(bytes / 40)}`;
}

function fill(text: string, bytes: number): string {
  return text.repeat(Math.ceil(bytes / text.length));
}

/** Adds accounts to the organization until it has this many. */
function addAccounts({ organization }: SimulatedServer, count: number): void {
  for (let number = organization.accounts.size; number < count; number += 1) {
    const id = `${'0'.repeat(8)}-0000-4000-8000-${`${number}`.padStart(12, '0')}`;
    organization.accounts.set(id, { region: 'us', apiKey: KEYS.before });
  }
}

describe('a large error', () => {
  test.for([70 * KIB, 2 * MIB])('with status 503 is retried: a page of %i bytes', async (bytes, { datadog, run }) => {
    datadog.script(respond(503, page(bytes)));
    const result = await run();
    expect(result).toMatchObject({ exitCode: 0, annotations: [] });
    expect(result.outputs.attempts).toBe('2');
    expect(result.log).toContain('returned 503');
  });

  test.for([70 * KIB, 2 * MIB])(
    'with status 403 is described by its title: a page of %i bytes',
    async (bytes, { datadog, run }) => {
      datadog.script(...always(respond(403, page(bytes))));
      const result = await run();
      expectFailure(result, 'forbidden', '403');
      expect(result.errors[0]?.message).toContain('a web page titled "Blocked"');
    },
  );

  test('with status 422 shows what fits of 200 KiB', async ({ datadog, run }) => {
    const errors = Array.from({ length: 2_000 }, (_, index) => `error ${index} ${'x'.repeat(90)}`);
    datadog.script(respond(422, { errors }));
    const result = await run();
    expectFailure(result, 'update-rejected', '422');
    expect(result.errors[0]?.message).toContain(errors[0]);
    expect(result.errors[0]?.message).toMatch(/… and 19\d\d more/);
    const output = JSON.parse(result.outputs.errors ?? '');
    expect(output.length).toBeGreaterThan(200);
    expect(output.slice(0, -1)).toEqual(errors.slice(0, output.length - 1));
    expect(output.at(-1)).toBe(`… and ${errors.length - output.length + 1} more`);
  });

  test('with status 422 and more than 1 MiB is still final', async ({ datadog, run }) => {
    datadog.script(respond(422, { errors: [`The key is wrong. ${fill('x', 2 * MIB)}`] }));
    const result = await run();
    expectFailure(result, 'update-rejected', '422');
    expect(result.errors[0]?.message).toContain('The key is wrong.');
    expect(saysMayBeApplied(result)).toBe(false);
    expect(datadog.requests).toHaveLength(1);
  });

  test.for(['x', '"', '\\', '€', '😀', '<', '&'])(
    'keeps the output `errors` below 100 kB: %s',
    async (character, { datadog, run }) => {
      const one = respond(422, { errors: [character.repeat(100_000)] });
      const many = respond(422, { errors: Array.from({ length: 2_000 }, () => character.repeat(50)) });
      datadog.script(one, many);
      for (let count = 0; count < 2; count += 1) {
        const result = await run();
        expectFailure(result, 'update-rejected', '422');
        expect(Buffer.byteLength(result.outputs.errors ?? '')).toBeGreaterThan(10_000);
        expect(Buffer.byteLength(result.outputs.errors ?? '')).toBeLessThan(100_000);
      }
    },
  );
});

describe('a list of many accounts', () => {
  test.for([700, 5_000])('is searched by a dry run: %i accounts', async (count, { datadog, run }) => {
    addAccounts(datadog, count);
    expect(await run({ dry_run: 'true' })).toMatchObject({ exitCode: 0, outputs: { account_id: ACCOUNT } });
  });

  test('is quoted after a 404 as far as it fits', async ({ datadog, run }) => {
    addAccounts(datadog, 700);
    const result = await run({ account_id: UNKNOWN_ACCOUNT });
    expectFailure(result, 'not-found', '404');
    const message = result.errors[0]?.message ?? '';
    expect(message).toContain(`Existing account: ${ACCOUNT}, region us.`);
    const shown = message.match(/Existing account/g) ?? [];
    expect(shown.length).toBe(20);
    expect(message).toContain('… and 680 more');
  });
});

describe('a 200 of more than 1 MiB', () => {
  const confirmation = { data: resource(ACCOUNT, 'eu'), meta: fill('x', MIB) };

  test('does not confirm an update', async ({ datadog, run }) => {
    datadog.script(respond(200, confirmation));
    const result = await run();
    expectFailure(result, 'unexpected-response', '200');
    expect(saysMayBeApplied(result)).toBe(true);
    expect(datadog.requests).toHaveLength(1);
  });

  test('does not count as a list of accounts', async ({ datadog, run }) => {
    datadog.script(respond(200, { data: [resource(ACCOUNT, 'us')], meta: confirmation.meta }));
    const result = await run({ dry_run: 'true' });
    expectFailure(result, 'unexpected-response', '200');
    expect(saysMayBeApplied(result)).toBe(false);
  });

  test('is ignored when the accounts are listed after a 404', async ({ datadog, run }) => {
    datadog.script(respond(404, { errors: ['Account not found'] }), respond(200, confirmation));
    const result = await run();
    expectFailure(result, 'not-found', '404');
    expect(result.errors[0]?.message.match(/^- .*$/gm)).toEqual(['- Datadog said: Account not found']);
  });
});

describe('1 MiB of hostile text is sanitized in a reasonable time', () => {
  const almostKeys = Object.values(KEYS).map((key) => key.slice(0, -1));
  const texts: { readonly [name: string]: string } = {
    'terminal links without an end': '\u001b]8;;',
    'terminal sequences without an end': '\u001b[',
    'percent signs': '%',
    backslashes: '\\',
    'Unicode escapes without digits': '\\u00',
    'HTML escapes without an end': '&#00',
    'almost keys': almostKeys.join(' '),
    'almost keys, letter by letter': almostKeys.join('').split('').join(' '),
    'almost keys in base64': Buffer.from(almostKeys.join('')).toString('base64'),
    'start of a key': KEYS.opsgenie.slice(0, 1),
    blanks: ' ',
    'invisible characters': '\u200b',
    'start of a web page': '<html><title>',
    'workflow commands': '::##[',
  };
  test.for(Object.entries(texts))('%s', async ([, text], { datadog, run }) => {
    const body = fill(text, MIB - 100);
    datadog.script(respond(422, body.slice(0, MIB - 100)));
    const result = await run();
    expectFailure(result, 'update-rejected', '422');
    // It takes about a second. In quadratic time, it would take hours.
    expect(result.duration).toBeLessThan(60_000);
  });
});
