/** Environment variables that make a process run this code first. It must not contain a `#`. */
export function preload(code: string): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=data:text/javascript,${code.replaceAll(/\s+/g, '%20')}` };
}

/**
 * Environment variables that make a process connect directly, and resolve every host name to an IPv4 address, or fail with
 * an error code such as `ENOTFOUND`.
 */
export function resolveEveryName(result: string): { readonly NODE_OPTIONS: string; readonly HTTPS_PROXY: string } {
  const code = `
    import dns from 'node:dns';
    dns.lookup = (host, options, done) => setImmediate(() =>
      '${result}'.startsWith('E')
        ? done(Object.assign(new Error('getaddrinfo ${result} ' + host), { code: '${result}' }))
        : done(null, [{ address: '${result}', family: 4 }]));`;
  return { HTTPS_PROXY: '', ...preload(code) };
}
