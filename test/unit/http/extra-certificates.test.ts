import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAuthority } from '../../../simulation/certificates.ts';
import { describeExtraCertificates } from '../../../src/http/extra-certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
const { certificate } = await createAuthority();

test.each([
  ['this file does not exist', undefined],
  ['this file is empty', ' \n'],
  ['this file has no CERTIFICATE block (PEM)', '0\u0082\u0001\n'],
  ['no certificate in it matches', certificate],
])('NODE_EXTRA_CA_CERTS is set, but %s', (problem, content) => {
  const path = join(folder, `${problem.length}.pem`);
  if (content !== undefined) writeFileSync(path, content);
  expect(describeExtraCertificates(path)).toContain(`. NODE_EXTRA_CA_CERTS is set to ${path}, but ${problem}`);
});

test('NODE_EXTRA_CA_CERTS can name a folder by mistake, or not be set', () => {
  expect(describeExtraCertificates(folder)).toMatch(/but this is a folder$/);
  expect(describeExtraCertificates('')).toBe('');
});
