import { checkBypass } from '@actions/http-client/lib/proxy';
import { Failure } from '../failure.ts';

/** The variables that the HTTP client reads, in the same order. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY'] as const;

/** Shorter credentials are not masked, because they appear in ordinary words. */
const MIN_SECRET_LENGTH = 4;

/**
 * Returns the proxy that the HTTP client uses for a URL; undefined if there is none.
 *
 * @throws Failure if the client cannot use the configured proxy, because the client would silently connect directly
 */
export function proxyFor(url: URL): URL | undefined {
  const variable = VARIABLES.find((name) => process.env[name]);
  if (variable === undefined || checkBypass(url)) return undefined;
  const proxy = parseProxy(process.env[variable]);
  if (proxy !== undefined && isUsable(proxy)) return proxy;
  // The value can contain a password, so it is not shown.
  const message = `No connection to ${url.host}: the ${variable} environment variable does not hold a usable proxy URL.`;
  throw new Failure('proxy', message, { hadNoEffect: true });
}

/** Returns each proxy's password, decoded and as written, and the resulting `Basic` credentials. A proxy can echo them. */
export function proxySecrets(environment: NodeJS.ProcessEnv): string[] {
  return VARIABLES.flatMap((name) => {
    const proxy = parseProxy(environment[name]);
    if (!proxy?.username && !proxy?.password) return [];
    const user = decode(proxy.username) ?? proxy.username;
    const password = decode(proxy.password) ?? proxy.password;
    // If the password is missing or very short, the user name can be the secret, such as a token.
    const secrets = password.length < MIN_SECRET_LENGTH ? [user, proxy.username] : [password, proxy.password];
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    return [...new Set([...secrets, basic])].filter(({ length }) => length >= MIN_SECRET_LENGTH);
  });
}

function parseProxy(text = ''): URL | undefined {
  // `URL.parse` does not exist on Node 20, where this action only reports the old version.
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isUsable(proxy: URL): boolean {
  const { protocol, hostname, username, password, pathname, search, hash } = proxy;
  return (
    // Through https:// the client checks the proxy's certificate against the target's name, which never matches.
    protocol === 'http:' &&
    // The client would look up an IPv6 address with its brackets as a name.
    !hostname.startsWith('[') &&
    [username, password].every((text) => decode(text) !== undefined) &&
    // An unescaped / ? or # in the password ends the host early: the text before it would be shown as the host.
    ![pathname, search, hash].some((part) => part.includes('@'))
  );
}

/** Decodes percent escapes. Returns undefined if one is malformed. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
