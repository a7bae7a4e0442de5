import { checkBypass } from '@actions/http-client/lib/proxy';
import { parseUrl } from '../parse.ts';
import { NetworkError } from './network-error.ts';

/** The variables that the HTTP client reads, in its order. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY'] as const;

/**
 * The proxy that the HTTP client uses for a URL, undefined for none.
 *
 * @throws NetworkError if a proxy is configured that the client cannot use: it would silently connect directly
 */
export function proxyFor(url: URL): URL | undefined {
  const variable = VARIABLES.find((name) => process.env[name]);
  if (variable === undefined || checkBypass(url)) return undefined;
  const proxy = parseUrl(`${process.env[variable]}`);
  if (proxy === null || !isUsable(proxy)) {
    // The value itself may contain a password, so it is not shown.
    throw new NetworkError('proxy-setting', `The environment variable ${variable} does not hold a usable proxy URL.`);
  }
  return proxy;
}

/** The password of each proxy, decoded and percent-encoded, and the `Basic` credentials made from it: a proxy can echo them. */
export function proxySecrets(environment: NodeJS.ProcessEnv): string[] {
  return VARIABLES.flatMap((name) => {
    const proxy = parseUrl(environment[name] ?? '');
    if (!proxy?.username && !proxy?.password) return [];
    const user = decode(proxy.username) ?? proxy.username;
    const password = decode(proxy.password) ?? proxy.password;
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    // Without a password, the user name is the secret, such as a token.
    return [...new Set([password || user, proxy.password || proxy.username, basic])];
  });
}

function isUsable(proxy: URL): boolean {
  const { protocol, hostname, username, password, pathname, search, hash } = proxy;
  return (
    // Through https:// the client checks the proxy's certificate against the target's name, which never matches.
    protocol === 'http:' &&
    // The client would look up an IPv6 address as a name, brackets included.
    !hostname.startsWith('[') &&
    [username, password].every((text) => decode(text) !== undefined) &&
    // An unescaped / ? or # in the password ends the host early; what follows would be shown as the host.
    ![pathname, search, hash].some((part) => part.includes('@'))
  );
}

/** Decodes percent escapes; undefined if one is malformed. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
