import { readFileSync } from 'node:fs';

/**
 * What there is to say about NODE_EXTRA_CA_CERTS after a certificate was not trusted: Node ignores a file that it cannot
 * use. This is another sentence without its period, or empty if the variable is not set.
 */
export function describeExtraCertificates(path = process.env.NODE_EXTRA_CA_CERTS): string {
  return path ? `. NODE_EXTRA_CA_CERTS is set to ${path}, but ${problemWith(path)}` : '';
}

function problemWith(path: string): string {
  try {
    const text = readFileSync(path, 'latin1');
    if (text.trim() === '') return 'this file is empty';
    if (!text.includes('-----BEGIN CERTIFICATE-----')) return 'this file has no CERTIFICATE block (PEM)';
    return 'no certificate in it matches';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return 'this file does not exist';
    return code === 'EISDIR' ? 'this is a folder' : `this file cannot be read (${code})`;
  }
}
