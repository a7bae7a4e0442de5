import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { RunnerLog } from '../../../simulation/runner-log.ts';
import { KEYS } from '../../../simulation/scenario.ts';
import { Failure } from '../../../src/failure.ts';
import type { Outcome } from '../../../src/github/outcome.ts';
import { createReport, type Report } from '../../../src/github/report.ts';
import { createSanitizer } from '../../../src/github/secrets.ts';

const HOSTILE = `one ${KEYS.opsgenie}\n::error::two\r##[error]three`;
const OUTCOME: Outcome = {
  ...{ title: 'Network error', heading: '❌ Network error', cells: { Site: 'a' }, happened: ['It failed.'] },
  ...{ details: ['One.', 'Two.'], effect: 'It had no effect.', remedy: 'Wait.', outputs: { updated: 'false' } },
};
const report = createReport(createSanitizer([KEYS.opsgenie]));
const folder = mkdtempSync(join(tmpdir(), 'report-'));
const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
let log: RunnerLog;

beforeEach(() => {
  log = new RunnerLog([], true);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    for (const line of `${text}`.trimEnd().split(/\r\n|\r|\n/)) log.read(line);
    return true;
  });
  for (const file of [output, summary]) writeFileSync(file, '');
  vi.stubEnv('GITHUB_OUTPUT', output);
  vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
  return () => vi.restoreAllMocks();
});

test.each<[string, (report: Report) => void]>([
  ['a warning', ({ warning }) => warning(HOSTILE)],
  ['the log', ({ info }) => info(HOSTILE)],
  ['the debug log', ({ debug }) => debug(HOSTILE)],
  ['the line about a retry', ({ retrying }) => retrying(new Failure('network', HOSTILE), 2, 1_500)],
  ['the annotation', ({ write }) => write({ ...OUTCOME, happened: [HOSTILE], details: [] })],
  ['the details in the annotation', ({ write }) => write({ ...OUTCOME, happened: ['x'], details: [HOSTILE] })],
  ['a success', ({ write }) => write({ ...OUTCOME, title: undefined, happened: [HOSTILE] })],
])('text from outside has no line breaks, keys, and commands in %s', (place, print) => {
  print(report);
  expect(log.lines).toEqual([expect.stringMatching(/one \*\*\* : :error: :two ## \[error\]three/)]);
  expect(log.annotations.length).toBe(/warning|annotation/.test(place) ? 1 : 0);
  if (place.includes('retry')) expect(log.lines[0]).toMatch(/^Attempt 1: .* in 1\.5 s \(attempt 2\)\.$/);
});

test('text from outside stays one row, sentence, or item of the summary', () => {
  report.write({ ...OUTCOME, cells: { Region: HOSTILE, Site: '' }, happened: [HOSTILE], details: [HOSTILE] });
  const safe = 'one &#42;&#42;&#42; : :error: :two &#35;&#35; &#91;error&#93;three';
  const table = `| Region | ${safe} |\n| --- | --- |\n| Site | – |`;
  const blocks = ['### ❌ Network error', table, safe, `- ${safe}`, 'It had no effect.', '**What to do:** Wait.', ''];
  expect(readFileSync(summary, 'utf8')).toBe(blocks.join('\n\n'));
});

test('a failure is one annotation', () => {
  report.write(OUTCOME);
  const message = 'It failed.\n- One.\n- Two.\nIt had no effect.\nWhat to do: Wait.';
  expect(log.annotations).toEqual([{ level: 'error', title: 'Network error', message }]);
  expect(readFileSync(output, 'utf8')).toMatch(/^updated<<(\S+)\nfalse\n\1\n$/);
});

test('long text is cut off after its keys are redacted, and the effect and the remedy stay', () => {
  const long = `${'x'.repeat(979)}${KEYS.opsgenie}${'🙂'.repeat(4_500)}`;
  report.write({ ...OUTCOME, happened: [long, 'Twice.'], details: Array.from({ length: 9 }, () => long) });
  const [{ message } = { message: '' }] = log.annotations;
  expect(message.length).toBeLessThanOrEqual(4_000);
  expect(message).toMatch(/^x{979}\*{3}(?:🙂){8}… Twice\.\n- x{979}.*…\nIt had no effect\.\nWhat to do: Wait\.$/s);
  expect(readFileSync(summary, 'utf8')).toMatch(/^- x{979}&#42;&#42;&#42;(?:🙂){8}…$/m);
});

test('files that cannot be written are warnings, and do not change the result', () => {
  vi.stubEnv('GITHUB_OUTPUT', join(folder, 'missing'));
  vi.stubEnv('GITHUB_STEP_SUMMARY', folder);
  report.write(OUTCOME);
  expect(log.lines.join('\n')).toMatch(/^Error: It failed.*\nWarning: .*outputs.*\nWarning: .*summary.*$/s);
});

test('an internal error shows its stack and that of its cause in the debug log only', () => {
  report.diagnose(new Error(HOSTILE, { cause: new TypeError('the cause') }));
  expect(log.lines.join('\n')).toMatch(/^Debug: Error: one \*{3}\nDebug: : :error: .*\nDebug: TypeError: the cause\n/s);
  expect(log.lines.filter((line) => !line.startsWith('Debug: '))).toEqual([]);
});
