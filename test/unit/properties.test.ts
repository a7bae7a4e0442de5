import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { RunnerLog } from '../../simulation/runner-log.ts';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { readErrors } from '../../src/datadog/error-body.ts';
import { serverWait, withRetries } from '../../src/datadog/retry.ts';
import { FAILURES, Failure, type FailureKind } from '../../src/failure.ts';
import { INPUTS, readInputs, readSubject } from '../../src/inputs.ts';
import { apiHost, parseSite } from '../../src/sites.ts';
import { summaryMarkdown } from '../../src/summary.ts';
import { createCleaner } from '../../src/untrusted.ts';

/** Text with whatever is dangerous somewhere: command markers, line ends, escapes, markup, keys. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ...['::', ':', '##[', '#', '[', ']', 'error', 'add-mask', 'stop-commands', ' ', '\t', '\r', '\n', '\u0085'],
        ...['\u2028', '\u2029', '\u200b', '\ufeff', '\u001b[31m', '\u009b', '\ud800', '%0A', '%25', '\\', '`', '```'],
        ...[
          '|',
          '<b>',
          '</td>',
          '<!--',
          '&lt;',
          '&#60;',
          '*',
          '_',
          '~~',
          '[x](y)',
          '![',
          'https://',
          'www.',
          '@a',
          '$',
        ],
        ...['- ', '1. ', '> ', '### ', '---', '|-|', ...Object.values(KEYS)],
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp];
const clean = createCleaner(SECRETS);

describe('any text', () => {
  test('is one line that the runner obeys in nothing, wherever it stands', () => {
    fc.assert(
      fc.property(nasty, fc.constantFrom('', ' ', 'Datadog said: ', '- ', '#', ':'), (text, prefix) => {
        const log = new RunnerLog([], true);
        const printed = prefix.trim() === prefix && prefix.length === 1 ? clean(prefix + text) : prefix + clean(text);
        for (const line of printed.split(/\r\n|\r|\n|[\u0085\u2028\u2029]/)) log.read(line);
        expect(log.lines).toEqual([printed]);
        expect(log.annotations).toEqual([]);
        expect(log.commands).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test('holds no key, and cleaning it again changes nothing', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const cleaned = clean(text);
        for (const secret of SECRETS) expect(cleaned.toLowerCase()).not.toContain(secret);
        expect(clean(cleaned)).toBe(cleaned);
      }),
      { numRuns: 2000 },
    );
  });

  test('can be a key, and is then gone', () => {
    fc.assert(
      fc.property(nasty, nasty, (secret, text) => {
        const chunks = secret.split(/\s+/).filter((chunk) => chunk.length >= 8 && /^[\x21-\x7e]*$/.test(chunk));
        const cleaned = createCleaner([secret])(`${text} ${secret} ${text}`);
        for (const chunk of chunks) expect(cleaned).not.toContain(chunk);
      }),
      { numRuns: 1000 },
    );
  });

  test('stays text in the job summary', () => {
    fc.assert(
      fc.property(nasty, nasty, (text, other) => {
        const summary = summaryMarkdown(
          {
            heading: 'Heading',
            subject: { site: text, accountId: other, region: text },
            attempts: 1,
            happened: `Happened: ${text}`,
            details: [text, other],
            remedy: 'Remedy.',
            origin: { event: text, actor: other, secretsWithheld: undefined },
          },
          clean,
        );
        const html = micromark(summary, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
        const tags = new Set([...html.matchAll(/<\/?([^>\s/]+)[^>]*>/g)].map(([tag]) => tag));
        const allowed = ['h3', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'p', 'ul', 'li', 'strong'];
        expect([...tags].filter((tag) => !allowed.some((name) => tag === `<${name}>` || tag === `</${name}>`))).toEqual(
          [],
        );
        expect(html.match(/<tr>/g)).toHaveLength(6);
        expect(html.match(/<li>/g)).toHaveLength(2);
        expect(html.match(/<h3>/g)).toHaveLength(1);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any inputs', () => {
  beforeEach(() => {
    for (const name of ['DD_SITE', 'DD_API_KEY', 'DD_APP_KEY']) vi.stubEnv(name, undefined);
  });

  /** A value as the environment can hold it. */
  const value = fc
    .oneof(nasty, fc.constantFrom('', 'true', '60', 'eu', ...Object.values(STEP.with)))
    .map((text) => text.replaceAll('\0', ''));
  const inputs = fc.record(Object.fromEntries(Object.keys(INPUTS).map((name) => [name, value])));

  test('are read, or refused with problems that show no key', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        for (const [name, text] of Object.entries(given)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, text);
        try {
          const { site } = readInputs();
          expect(parseSite(site)).toBe(site);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(['inputs', 'keys-missing']).toContain(error.kind);
          expect(error.texts.length).toBeGreaterThan(0);
        }
        readSubject();
      }),
      { numRuns: 2000 },
    );
  });

  test("lead to no host outside Datadog's own domains", () => {
    const pieces = fc.constantFrom(
      ...['datadoghq.com', 'datadoghq.eu', 'ddog-gov.com', 'us3', 'app', 'api', 'evil.example', 'acme', '.', '/', '@'],
      ...[':', '443', '#', '?', '\\', 'https://', 'http://', '%2e', '。', '\t', '[', ']', '::1'],
    );
    const site = fc.oneof(
      nasty,
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(site, (text) => {
        const parsed = parseSite(text);
        if (parsed === undefined) return;
        const { hostname } = new URL(`https://${apiHost(parsed)}/`);
        expect(hostname).toMatch(/^api\.(?:[a-z]{2}\d\d?\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('any error body', () => {
  test('of any bytes gives texts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const text of readErrors(new TextDecoder().decode(bytes))) expect(text.trim()).not.toBe('');
      }),
    );
  });

  test('of any JSON gives texts, and the texts of strings as they are', () => {
    const error = fc.oneof(
      fc.jsonValue(),
      fc.record({ title: fc.jsonValue(), detail: fc.jsonValue(), source: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ errors: fc.oneof(fc.array(error), error) })), (json) => {
        for (const text of readErrors(JSON.stringify(json))) expect(text.trim()).not.toBe('');
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }).filter((text) => text.trim() !== '')), (errors) => {
        expect(readErrors(JSON.stringify({ errors }))).toEqual(errors);
      }),
    );
  });
});

describe('any timing', () => {
  const header = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date().map((date) => date.toUTCString()),
  );

  test('of any headers at any time is never negative', () => {
    fc.assert(
      fc.property(header, header, fc.nat({ max: 2 ** 42 }), (reset, after, now) => {
        const wait = serverWait({ 'x-ratelimit-reset': reset, 'retry-after': after }, now) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('of any failures ends by the deadline, with at most one more attempt for refused keys', async () => {
    const kind = fc.constantFrom(...(Object.keys(FAILURES) as FailureKind[]));
    const step = fc.record({
      kind,
      serverWait: fc.option(fc.nat({ max: 10 ** 7 }), { nil: undefined }),
      took: fc.integer({ min: 200, max: 9_999 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1 }),
        fc.integer({ min: 1_000, max: 300_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (steps, deadline, drawn) => {
          let time = 0;
          const clock = {
            now: () => time,
            random: () => drawn,
            sleep: async (wait: number) => {
              expect(wait).toBeGreaterThanOrEqual(0);
              time += wait;
              expect(time).toBeLessThan(deadline);
            },
          };
          let attempts = 0;
          let refusedKeys = 0;
          await withRetries(
            async (timeLimit) => {
              const {
                kind: failed,
                serverWait: wait,
                took,
              } = steps[attempts % steps.length] ?? { kind: 'internal', serverWait: 0, took: 0 };
              attempts += 1;
              expect(timeLimit).toBeGreaterThan(0);
              time += Math.min(timeLimit, took);
              expect(time).toBeLessThanOrEqual(deadline);
              if (failed === 'forbidden' || failed === 'unauthorized') refusedKeys += 1;
              throw new Failure(failed, 'failed', { serverWait: wait });
            },
            { deadline, clock, interruption: new Promise(() => {}), onRetry: () => {} },
          ).catch(({ attempts: counted }: Failure) => expect(counted).toBe(attempts));
          expect(refusedKeys).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 300 },
    );
  });
});
