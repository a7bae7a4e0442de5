import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { expect, test } from 'vitest';
import { prepareProcess } from '../../../src/http/settings.ts';

test.each([
  [250, 2_000], // Node 24
  [500, 2_000], // Node 26
  [5_000, 5_000],
])('each address of a host gets at least two seconds: %i ms become %i ms', (before, after) => {
  setDefaultAutoSelectFamilyAttemptTimeout(before);
  prepareProcess();
  expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBe(after);
});

test('certificates are verified, whatever the environment says', () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  prepareProcess();
  expect(process.env.NODE_TLS_REJECT_UNAUTHORIZED).toBeUndefined();
});
