import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RunnerLog } from '../../simulation/runner-log.ts';
import { KEYS, STEP } from '../../simulation/scenario.ts';
import { readErrors } from '../../src/datadog/error-body.ts';
import { FAILURES, Failure, type FailureKind } from '../../src/failure.ts';
import { serverWait } from '../../src/http/rate-limit.ts';
import { INPUTS, readInputs, readSubject } from '../../src/inputs.ts';
import { withRetries } from '../../src/retry.ts';
import { createSanitizer } from '../../src/sanitize.ts';
import { apiHost, parseSite } from '../../src/sites.ts';
import { summaryMarkdown } from '../../src/summary.ts';

const SECRETS = [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp];

/** Parts of text that mean something somewhere. */
const PARTS = {
  commands: ['::error::', '##[error]', ':', ':error::', '#', '#[error]', '##', '[error]', '::stop-commands::x'],
  space: [' ', '\t', '\r', '\n', '\u0085', '\u2028', '\u2029'],
  unseen: ['\u200b', '\ufeff', '\u001b[31m', '\u001b', '\u001b]8;;', '\u0007', '\u009b', '\ud800', '\0'],
  escapes: ['%0A', '%25', '%', '\\', '\\n', '\\u003a', '\\x', '&lt;', '&#60;', '&#x3c;', '&#'],
  inlineMarkup: [
    '`',
    '```',
    '*',
    '_',
    '~~',
    '[x](y)',
    '![',
    'https://',
    'www.',
    '@a',
    '$',
    '|',
    '<b>',
    '</td>',
    '<!--',
  ],
  blockMarkup: ['- ', '+ ', '1. ', '1) ', '> ', '### ', '---', '===', '|-|'],
  secrets: SECRETS,
};

/** Text with many such parts. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      ...Object.values(PARTS).map((parts) => fc.constantFrom(...parts)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const sanitize = createSanitizer(SECRETS);

describe('any sanitized text', () => {
  test('is one line that the runner does not take for a command', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom('', ' ', 'Datadog said: ', '- '), (text, prefix) => {
        const printed = prefix + sanitize(text);
        const log = new RunnerLog([], true);
        for (const line of printed.split(/\r\n|[\r\n\u0085\u2028\u2029]/)) log.read(line);
        expect(log.lines).toEqual([printed]);
        expect(log.annotations).toEqual([]);
        expect(log.commands).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('contains no key', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const sanitized = sanitize(text).toLowerCase();
        expect(SECRETS.filter((secret) => sanitized.includes(secret))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not change when it is sanitized again, unless escapes were decoded', () => {
    const withoutEscapes = hostileText.map((text) => text.replaceAll(/[%\\&]/g, ''));
    fc.assert(
      fc.property(withoutEscapes, (text) => {
        const sanitized = sanitize(text);
        expect(sanitize(sanitized)).toBe(sanitized);
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not contain a secret, whatever the secret is', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (secret, text) => {
        // U+FEFF is white space in JavaScript, but invisible, so it does not separate words.
        const words = secret.split(/[^\S\ufeff]+/).filter((word) => /^[\x21-\x7e]{8,500}$/.test(word));
        const sanitized = createSanitizer([secret])(`${text} ${secret} ${text}`);
        expect(words.filter((word) => sanitized.includes(word))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('is text in the job summary, not markup', () => {
    fc.assert(
      fc.property(hostileText.map(sanitize), hostileText.map(sanitize), (text, other) => {
        const summary = summaryMarkdown({
          heading: 'Heading',
          facts: [
            ['Account', other],
            ['Site', text],
            ['Region', `${text} (requested)`],
          ],
          happened: `Happened: ${text}`,
          details: [`Detail: ${text}`, other],
          remedy: 'Remedy.',
        });
        const html = micromark(summary, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
        const row = (cell: 'td' | 'th'): string[] => ['tr', cell, '/', cell, '/', '/'];
        const item = ['li', '/'];
        const tags = [...html.matchAll(/<(\/)?([^>]*)>/g)].map(([, end, tag = '']) => end ?? tag);
        expect(tags).toEqual([
          ...['h3', '/', 'table', 'thead', ...row('th'), '/', 'tbody', ...row('td'), ...row('td'), '/', '/'],
          ...['p', '/', 'ul', ...item, ...item, '/', 'p', 'strong', '/', '/'],
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any inputs', () => {
  beforeEach(() => {
    for (const name of ['DD_SITE', 'DD_API_KEY', 'DD_APP_KEY']) vi.stubEnv(name, undefined);
  });

  /** An environment variable cannot contain a null character. */
  const value = fc
    .oneof(hostileText, fc.constantFrom('', 'true', '60', 'eu', ...Object.values(STEP.with)))
    .map((text) => text.replaceAll('\0', ''));
  const inputs = fc.record(Object.fromEntries(Object.keys(INPUTS).map((name) => [name, value])));

  test('are accepted, or rejected with the problems listed', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        for (const [name, text] of Object.entries(given)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, text);
        try {
          const { site, verifyKey, change } = readInputs();
          expect(parseSite(site)).toBe(site);
          if (verifyKey !== undefined) expect(verifyKey).toEqual(change);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(['inputs', 'keys-missing']).toContain(error.kind);
          expect(error.facts.texts?.length).toBeGreaterThan(0);
        }
        readSubject();
      }),
      { numRuns: 500 },
    );
  });

  test("lead to no host outside Datadog's own domains", () => {
    const pieces = fc.constantFrom(
      ...['datadoghq.com', 'datadoghq.eu', 'ddog-gov.com', 'us3', 'app', 'api', 'evil.example', 'acme', '.', '/', '@'],
      ...[':', '443', '#', '?', '\\', 'https://', 'http://', '%2e', '。', '\t', '[', ']', '::1'],
    );
    const site = fc.oneof(
      hostileText,
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(site, (text) => {
        const parsed = parseSite(text);
        if (parsed === undefined) return;
        const { hostname } = new URL(`https://${apiHost(parsed)}/`);
        expect(hostname).toMatch(/^api\.(?:[a-z]{2}\d\d?\.)?(?:datadoghq\.com|datadoghq\.eu|ddog-gov\.com)$/);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('any error body', () => {
  test('of any bytes is read without blank texts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const text of readErrors(new TextDecoder().decode(bytes))) expect(text.trim()).not.toBe('');
      }),
    );
  });

  test('of any JSON is read without blank texts', () => {
    const error = fc.oneof(
      fc.jsonValue(),
      fc.record({ title: fc.jsonValue(), detail: fc.jsonValue(), source: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ errors: fc.oneof(fc.array(error), error) })), (json) => {
        for (const text of readErrors(JSON.stringify(json))) expect(text.trim()).not.toBe('');
      }),
    );
  });

  test('with a list of texts is read as these texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }).filter((text) => text.trim() !== '')), (errors) => {
        expect(readErrors(JSON.stringify({ errors }))).toEqual(errors);
      }),
    );
  });
});

test('the wait that a server asks for is never negative, whatever its headers', () => {
  const header = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.date().map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(header, header, header, fc.nat({ max: 2 ** 42 }), (reset, after, date, now) => {
      const headers = { 'x-ratelimit-reset': reset, 'retry-after': after, date };
      const answer = { host: 'api.datadoghq.com', status: 429, headers, body: '', isComplete: true };
      expect(serverWait(answer, now) ?? 0).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2_000 },
  );
});

describe('any failures', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const KINDS = Object.keys(FAILURES) as FailureKind[];
  const attempt = fc.record({
    kind: fc.oneof(fc.constantFrom(...KINDS), fc.constantFrom('unreachable', 'forbidden', 'unavailable')),
    serverWait: fc.option(fc.nat({ max: 60_000 }), { nil: undefined }),
    duration: fc.integer({ min: 200, max: 9_999 }),
  });

  test('end by the deadline, with at most 2 attempts for refused keys and 7 for unreachable hosts', async () => {
    vi.useFakeTimers({ now: 0 });
    vi.spyOn(process, 'uptime').mockImplementation(() => Date.now() / 1000);
    const random = vi.spyOn(Math, 'random');
    await fc.assert(
      fc.asyncProperty(
        fc.array(attempt, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1_000, max: 300_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (attempts, deadline, jitter) => {
          vi.setSystemTime(0);
          random.mockReturnValue(jitter);
          const policies: string[] = [];
          const operation = async (timeLimit: number): Promise<never> => {
            expect(timeLimit).toBeGreaterThan(0);
            const { kind, serverWait, duration } = attempts[policies.length % attempts.length] ?? fail();
            await new Promise((done) => setTimeout(done, Math.min(duration, timeLimit)));
            const failure = new Failure(kind, 'failed', { serverWait });
            policies.push(failure.retry);
            throw failure;
          };
          const ended = withRetries(operation, { deadline, interruption: new Promise(() => {}), onRetry: () => {} });
          const failure = ended.catch(Failure.from);
          await vi.runAllTimersAsync();
          expect(await failure).toHaveProperty('facts.attempts', policies.length);
          expect(Date.now()).toBeLessThanOrEqual(deadline);
          expect(policies.filter((policy) => policy === 'once').length).toBeLessThanOrEqual(2);
          expect(policies.filter((policy) => policy === 'few').length).toBeLessThanOrEqual(7);
          expect(policies.slice(0, -1)).not.toContain('never');
        },
      ),
      { numRuns: 300 },
    );
  });
});

function fail(): never {
  throw new Error('no attempt');
}
