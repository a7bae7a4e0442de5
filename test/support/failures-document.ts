import type { Launch, Step, StepResult } from '../../simulation/runner.ts';
import { KEYS, runStepAgainst, startDatadog, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, answer, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import { FAILURES, type FailureKind } from '../../src/failure.ts';
import { watchNetwork } from './network.ts';

/** What docs/failures.md says about a kind of failure, and a run that fails this way. */
interface Entry {
  /** One sentence for the table. */
  readonly meaning: string;
  /** The remedy in a few words, for the table. */
  readonly action: string;
  /** Values that the output `updated` can have. */
  readonly updated: readonly ('false' | 'unknown')[];
  /** Why it happens, in one to three sentences. */
  readonly why: string;
  readonly with?: Step['with'];
  readonly env?: Step['env'];
  readonly scripts?: readonly Script[];
  readonly proxyScripts?: readonly ProxyScript[];
  /** Cancels the run when the first request arrives. */
  readonly cancel?: boolean;
}

const NEVER = ['false'] as const;
const PERHAPS = ['unknown'] as const;
const EITHER = ['false', 'unknown'] as const;

const CHECK_NETWORK = 'Check firewall, DNS and proxy, then rerun.';
const CHECK_ACCOUNT = 'Check the account on the integration page.';
const NEW_KEYS = 'New keys can be refused for a few seconds, so the action retried once.';

const LOGIN_PAGE = '<html><head><title>Sign in to the corporate network</title></head></html>';

/** Asks for a longer wait than any `timeout` allows, so the action gives up at once. */
const LONG_WAIT = { 'Retry-After': '3600' };

/** Throws an error as soon as the action is running. */
const THROW_ERROR =
  "data:text/javascript,setInterval(()=>{if(process.listenerCount('uncaughtException')>0)throw(Error('unforeseen'))},50)";

const ENTRIES: Readonly<Record<FailureKind, Entry>> = {
  inputs: {
    meaning: 'An input is missing or invalid.',
    action: 'Correct the inputs that the annotation lists.',
    updated: NEVER,
    why: "All inputs are checked before anything is sent, and all problems are reported at once. `site` must be one of Datadog's own domains, because the keys are sent there.",
    with: { site: 'acme.datadoghq.com', account_id: 'production', region: 'mars' },
  },
  'keys-missing': {
    meaning: 'A required key is empty.',
    action: 'Check the names of the secrets, and whether this job can read them.',
    updated: NEVER,
    why: 'GitHub passes an empty string if a secret does not exist, belongs to another environment, or was not passed to a called workflow. Pull requests from forks get no secrets, and runs started by Dependabot get only Dependabot secrets; the annotation says so if that is the cause. An empty `api_key` is an error even if `region` is set: otherwise, the step would succeed and leave the old key in place.',
    with: { api_key: '', dd_app_key: '' },
  },
  'key-rejected': {
    meaning: 'With `verify_key`, Opsgenie rejected the key. Datadog was not called.',
    action: 'Check the key, its access rights and its region in Opsgenie.',
    updated: NEVER,
    why: "Here, the key belongs to region `eu`, but `region` is `us`. Opsgenie's answer is the same for an unknown or disabled key, so the action retried once, a few seconds later, in case the key was new. Opsgenie also rejects values that are not an Opsgenie key at all (422), and keys without Configuration access, such as the key of an integration or a team (403).",
    with: { verify_key: 'true', region: 'us' },
  },
  'key-not-verified': {
    meaning: 'With `verify_key`, Opsgenie could not be asked or gave no clear answer. Datadog was not called.',
    action: 'Let the runner reach Opsgenie, or set `verify_key: false`.',
    updated: NEVER,
    why: "Opsgenie was unreachable, unavailable, or rate limited, or something else answered in its place. Here, the company's proxy does not allow connections to Opsgenie. Temporary failures are retried, as they are for Datadog.",
    with: { verify_key: 'true' },
    proxyScripts: [(client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')],
  },
  'bad-request': {
    meaning: 'Datadog answered 400: it cannot process the request.',
    action: 'Compare `account_id` and `region` with the integration page.',
    updated: NEVER,
    why: "The inputs have a valid format, but Datadog could not process the request. If `account_id` and `region` are right, the cause is probably a bug in this action or a change in Datadog's API.",
    scripts: [answer(400, { errors: ['Bad Request'] })],
  },
  unauthorized: {
    meaning: 'Datadog answered 401: it does not recognize a key.',
    action: 'Check both Datadog keys.',
    updated: NEVER,
    why: `At least one of the Datadog keys is unknown, revoked, or swapped with the other. ${NEW_KEYS}`,
    scripts: always(answer(401, { errors: ['Unauthorized'] })),
  },
  forbidden: {
    meaning: 'Datadog answered 403: these keys are not allowed to do this.',
    action: 'Check the site, both Datadog keys, and the permission `manage_integrations`.',
    updated: NEVER,
    why: `Datadog does not say which of the causes applies. ${NEW_KEYS} A 403 can also come from a proxy; if it is a web page, the annotation shows its title.`,
    with: { dd_app_key: KEYS.withoutPermission },
  },
  'not-found': {
    meaning: 'The organization has no such account on this site.',
    action: 'Set `account_id` to one of the accounts that the annotation lists.',
    updated: NEVER,
    why: 'Datadog answered 404, or a dry run did not find the account in the list. After a 404, the action lists the existing accounts if the keys have the permission `integrations_read`.',
    with: { account_id: UNKNOWN_ACCOUNT },
  },
  'invalid-values': {
    meaning: 'Datadog answered 422: it does not accept the key or the region.',
    action: 'Check that `api_key` is an Opsgenie API key and that `region` is its region.',
    updated: NEVER,
    why: 'Datadog understood the request but rejected a value. Usually, the secret contains something other than an Opsgenie API key.',
    with: { api_key: 'the-wrong-secret' },
  },
  'rate-limited': {
    meaning: 'Datadog answered 429: the organization sent too many requests.',
    action: 'Rerun later, or raise `timeout`.',
    updated: NEVER,
    why: 'The action waits as long as Datadog asks, plus a short random time, and retries until `timeout`. If a wait does not fit into `timeout`, as here, the run ends at once.',
    scripts: [
      answer(
        429,
        { errors: ['Too many requests'] },
        { 'X-RateLimit-Reset': '3600', 'X-RateLimit-Name': 'opsgenie_accounts' },
      ),
    ],
  },
  unavailable: {
    meaning: 'Datadog, or a gateway in front of it, answered 408, 500, 502, 503 or 504.',
    action: 'Check `https://status.<site>`, then rerun.',
    updated: EITHER,
    why: 'The action retries with exponential backoff until `timeout`. After a 503, it waits at least as long as the answer asks. If a wait does not fit into `timeout`, as here, the run ends at once.',
    scripts: [answer(503, 'upstream connect error', LONG_WAIT)],
  },
  redirected: {
    meaning: 'The answer was a redirect (3xx).',
    action: 'Find out what redirects the request, such as a proxy or a login page.',
    updated: NEVER,
    why: 'Something between the runner and Datadog redirected the request. The action does not follow redirects, because that would send the keys to another host.',
    scripts: [answer(302, '', { Location: 'https://login.corp.example/?next=api' })],
  },
  'unexpected-status': {
    meaning: 'The answer has a status that Datadog does not document.',
    action: CHECK_ACCOUNT,
    updated: EITHER,
    why: 'Only a 200 that returns the account proves the update. Even a status that usually means success, such as 204, does not.',
    scripts: [answer(204, '')],
  },
  unconfirmed: {
    meaning: 'The status is 200, but the body does not prove the update.',
    action: 'Check the account on the integration page, and whether something else answers.',
    updated: PERHAPS,
    why: 'The body is not JSON, contains errors, or names another account or region. Here, a login page answered in place of Datadog.',
    scripts: [answer(200, LOGIN_PAGE)],
  },
  'answer-too-large': {
    meaning: 'The answer is too large to come from Datadog.',
    action: 'Find out what answers in place of Datadog.',
    updated: PERHAPS,
    why: 'The action reads up to 1 MiB of an answer. If there is more, only a 200 fails this way: any other status is reported as that status. Headers of more than 16 KiB fail this way with any status.',
    scripts: [answer(200, ' '.repeat(1024 * 1024 + 1))],
  },
  'answer-cut-off': {
    meaning: 'The connection broke before the answer was complete.',
    action: CHECK_NETWORK,
    updated: PERHAPS,
    why: 'The request may have reached Datadog. The action retries with exponential backoff until `timeout`. Here, `timeout` ended the second attempt before there was an answer.',
    with: { timeout: '10' },
    scripts: [(request) => request.socket.destroy(), () => {}],
  },
  'no-answer': {
    meaning: 'No complete answer arrived in time.',
    action: CHECK_NETWORK,
    updated: PERHAPS,
    why: 'Each attempt ends after 60 seconds, or earlier if `timeout` ends first, as here. The action retries with exponential backoff until `timeout`.',
    with: { timeout: '5' },
    scripts: always<Script>(() => {}),
  },
  unreachable: {
    meaning: 'The runner cannot connect to Datadog.',
    action: CHECK_NETWORK,
    updated: NEVER,
    why: 'The host name cannot be resolved, or nothing accepts the connection. On a self-hosted runner, the usual causes are a firewall, DNS, or a missing proxy setting. The action makes up to 7 attempts in about half a minute.',
    env: { HTTPS_PROXY: '', ...watchNetwork().environment },
  },
  certificate: {
    meaning: "The certificate of Datadog's host cannot be verified.",
    action: "Set `NODE_EXTRA_CA_CERTS` if your company's proxy decrypts TLS.",
    updated: NEVER,
    why: 'The certificate has expired, belongs to another host, or was signed by an authority that Node.js does not know, such as that of a company proxy. Weak certificates are rejected, too: those with a SHA-1 signature or a 1024-bit RSA key. The check cannot be turned off (`NODE_TLS_REJECT_UNAUTHORIZED` has no effect), because the keys would go to whoever answers.',
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
  'proxy-failed': {
    meaning: 'The proxy cannot be reached, or cannot reach Datadog.',
    action: 'Check that the proxy is up and can reach Datadog.',
    updated: NEVER,
    why: 'The proxy did not answer CONNECT, or answered it with a 5xx. The action makes up to 7 attempts in about half a minute.',
    proxyScripts: always<ProxyScript>((client) => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')),
  },
  'proxy-refused': {
    meaning: "The proxy does not allow connections to Datadog's host.",
    action: 'Allow the host in the proxy.',
    updated: NEVER,
    why: 'The proxy answered CONNECT with a status such as 403.',
    proxyScripts: [(client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')],
  },
  'proxy-login': {
    meaning: 'The proxy requires a user name and password.',
    action: 'Put them into `HTTPS_PROXY`, and store the URL as a secret.',
    updated: NEVER,
    why: 'The proxy answered CONNECT with 407, or with 401 as tinyproxy does. `HTTPS_PROXY` has no user name and password, or the proxy does not accept them.',
    proxyScripts: [(client) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')],
  },
  'proxy-settings': {
    meaning: '`HTTPS_PROXY` is set, but not to a usable URL.',
    action: 'Set it to `http://host:port`.',
    updated: NEVER,
    why: "The value has no `http://`, is in quotation marks, or contains a special character that is not percent-encoded. A proxy with an `https://` URL can never work: the HTTP library would compare the proxy's certificate with Datadog's host name. The HTTP library would silently bypass a proxy that it cannot use, so the action stops instead.",
    env: { HTTPS_PROXY: '"http://proxy.corp:3128"' },
  },
  cancelled: {
    meaning: 'The run was cancelled.',
    action: 'Rerun if the account still needs the update.',
    updated: EITHER,
    why: 'Someone cancelled the run, a newer run did because of `cancel-in-progress`, or `timeout-minutes` ended the job.',
    cancel: true,
  },
  internal: {
    meaning: 'The action has a bug.',
    action: `Report it. ${CHECK_ACCOUNT}`,
    updated: EITHER,
    why: 'The action does not retry, and the step fails even if the update succeeded. The annotation shows the error message but no stack trace, because error objects can contain keys. If the bug also prevents the report, the annotation says "an internal error that it cannot describe", and there is no job summary.',
    env: { NODE_OPTIONS: `--import=${THROW_ERROR}` },
    scripts: [() => {}],
  },
};

export const KINDS = Object.keys(FAILURES) as FailureKind[];

const INTRODUCTION = `# Failures

A failed step shows one error annotation, which says what happened and what to do. The job summary says the same.

One sentence in it says whether the account in Datadog may have changed:

- **Nothing was changed** means that Datadog still has the previous key.
- **The update may still have been applied** means that the request may have reached Datadog.

Rerunning is safe in both cases. Datadog uses the account's key only to read on-call data. Alerts use the keys of
service objects.
`;

const TABLE_INTRODUCTION = `## All failures

The output \`failure\` is one of the words in the second column. These words are part of the action's interface: they
change only with a major version.

The output \`updated\` says whether the account may have changed. It is always \`false\` in a dry run. For any failure, it is
\`unknown\` if an earlier attempt in the same run may have been applied.

In the table, \`<site>\` is your Datadog site. The integration page is \`https://app.<site>/integrations/opsgenie\`, or
\`https://<site>/integrations/opsgenie\` if the site begins with a region, such as \`us3.datadoghq.com\`.
`;

const SECTIONS_INTRODUCTION = `## Examples

Each heading is the title of an annotation, and the quote below it is the message. The examples come from runs against a
simulated Datadog and Opsgenie.
`;

/** Generates docs/failures.md. Its examples come from runs of `dist/`. */
export async function writeFailuresDocument(): Promise<string> {
  const sections = await Promise.all(
    KINDS.map(async (kind) => writeFailureSection(kind, (await runExample(kind)).errors[0]?.message ?? '')),
  );
  return [writeOverview(), SECTIONS_INTRODUCTION, ...sections].join('\n');
}

/** Generates everything before the examples. */
export function writeOverview(): string {
  const rows = KINDS.map((kind) => {
    const { meaning, action, updated } = ENTRIES[kind];
    const { title } = FAILURES[kind];
    const link = `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`;
    return [link, `\`${kind}\``, meaning, action, updated.map((value) => `\`${value}\``).join(' or ')];
  });
  const header = ['Title', '`failure`', 'Meaning', 'What to do', '`updated`'];
  const table = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  return [INTRODUCTION, TABLE_INTRODUCTION, table].join('\n');
}

/** Generates the example of one kind of failure from the message of an annotation. */
export function writeFailureSection(kind: FailureKind, message: string): string {
  const [happened, ...rest] = hideDifferences(message).split('\n');
  const details = rest.slice(0, -1);
  const blocks = [happened, details.join('\n'), rest.at(-1)].filter(Boolean).join('\n\n');
  return `### ${FAILURES[kind].title}\n\n${blocks.replace(/^/gm, '> ').replace(/ $/gm, '')}\n\n${ENTRIES[kind].why}\n`;
}

/** The values that the table gives for the output `updated`. */
export function documentedUpdates(kind: FailureKind): readonly string[] {
  return ENTRIES[kind].updated;
}

/** Runs the example of one kind of failure. */
export async function runExample(kind: FailureKind, launch?: Launch): Promise<StepResult> {
  const { with: inputs = {}, env = {}, scripts = [], proxyScripts = [], cancel } = ENTRIES[kind];
  await using datadog = await startDatadog();
  const { promise: cancelled, resolve } = Promise.withResolvers<NodeJS.Signals>();
  datadog.script(...(cancel ? [() => resolve('SIGINT')] : scripts));
  datadog.scriptProxy(...proxyScripts);
  return await runStepAgainst(datadog, { with: inputs, env, ...(cancel && { cancelled }) }, launch);
}

/** Replaces what differs from run to run. */
function hideDifferences(message: string): string {
  return message
    .replaceAll(/127\.0\.0\.1:\d+/g, 'proxy.corp:3128')
    .replaceAll(/wait 3600\.\d s/g, 'wait 3600.4 s')
    .replaceAll(/leaves only [\d.]+ s/g, 'leaves only 299.8 s')
    .replaceAll(/within [\d.]+ s/g, 'within 4.8 s');
}
