import type { Launch, Step } from '../../simulation/runner.ts';
import { KEYS, runStepAgainst, startDatadog, UNKNOWN_ACCOUNT } from '../../simulation/scenario.ts';
import { always, answer, type ProxyScript, type Script } from '../../simulation/scripts.ts';
import { FAILURES, type FailureKind } from '../../src/failure.ts';
import { watchNetwork } from './network.ts';

/** How a user meets a failure. */
interface Scene {
  /** Why it happens, for docs/failures.md. */
  readonly why: string;
  readonly with?: Step['with'];
  readonly env?: Step['env'];
  readonly scripts?: readonly Script[];
  readonly proxyScripts?: readonly ProxyScript[];
  readonly cancel?: boolean;
}

const PAGE = '<html><head><title>Sign in to the corporate network</title></head></html>';

/** For failures that the action would try to get over for minutes. */
const SHORT = { timeout: '1' };

const SCENES: Readonly<Record<FailureKind, Scene>> = {
  inputs: {
    why: 'An input is missing, or has a value that cannot be right. All problems are listed at once, and nothing is sent: a wrong account id would become part of a URL, and a wrong site would be handed the keys.',
    with: { site: 'acme.datadoghq.com', account_id: 'production', region: 'mars' },
  },
  'keys-missing': {
    why: 'GitHub gives a step an empty string for a secret that does not exist, that belongs to another environment, or that a called workflow was not given. Pull requests from forks get no secrets at all, and runs that Dependabot starts get only the secrets made for Dependabot; the annotation says so if it is the case. An empty `api_key` is an error because the region alone would be updated otherwise, and the step would be green with the old key in place.',
    with: { api_key: '', dd_app_key: '' },
  },
  'bad-request': {
    why: 'Datadog did not understand the request as a whole.',
    scripts: [answer(400, { errors: ['Bad Request'] })],
  },
  unauthorized: {
    why: 'Datadog found no valid keys in the request. A key that was made a moment ago can be refused too, so the action tried once more a few seconds later.',
    scripts: always(answer(401, { errors: ['Unauthorized'] })),
  },
  forbidden: {
    why: 'Datadog answers 403 for many causes and does not tell them apart: keys of another site, swapped keys, a permission or scope that is missing, a revoked key. A key that was made a moment ago can be refused too, so the action tried once more a few seconds later.',
    with: { dd_app_key: KEYS.withoutPermission },
  },
  'not-found': {
    why: 'The organisation that the keys belong to has no Opsgenie account with this id on this site. Opsgenie is being retired, too: an account is switched off 120 days after its data moved to Jira Service Management, and support ends on 5 April 2027.',
    with: { account_id: UNKNOWN_ACCOUNT },
  },
  'invalid-values': {
    why: 'Datadog understood the request, but not what the key or the region is to be. Most often the secret holds something else than the key.',
    with: { api_key: 'the-wrong-secret' },
  },
  'rate-limited': {
    why: 'The organisation has used up the requests that Datadog allows in a period. The action waits as long as Datadog asks, and some seconds longer, drawn by chance, so that many jobs do not wake together; it gives up at once if that is longer than `timeout` leaves.',
    scripts: [
      answer(
        429,
        { errors: ['Too many requests'] },
        { 'X-RateLimit-Reset': '3600', 'X-RateLimit-Name': 'opsgenie_accounts' },
      ),
    ],
  },
  unavailable: {
    why: 'Datadog, or something before it, answered that it cannot serve the request now (408, 500, 502, 503 or 504). The action tries again as long as there is time, and gives up at once if it is asked to wait longer.',
    scripts: [answer(503, 'upstream connect error', { 'Retry-After': '3600' })],
  },
  redirected: {
    why: 'Something sent the request elsewhere. The action never follows: the keys would go along.',
    scripts: [answer(302, '', { Location: 'https://login.corp.example/?next=api' })],
  },
  'unexpected-status': {
    why: 'An answer that Datadog does not document for this request. Even a status that sounds like success, such as 204, does not prove the update.',
    scripts: [answer(204, '')],
  },
  unconfirmed: {
    why: 'An answer with status 200 that does not prove the update: no JSON, another account, another region.',
    scripts: [answer(200, PAGE)],
  },
  'answer-too-large': {
    why: 'The answer was larger than anything that Datadog sends here, and was cut off.',
    scripts: [answer(200, ' '.repeat(300_000))],
  },
  'answer-cut-off': {
    why: 'The connection ended before the answer was complete, again and again.',
    with: SHORT,
    scripts: always<Script>((request) => request.socket.destroy()),
  },
  'no-answer': {
    why: 'The connection was made, or is still being made, but no complete answer came. A single attempt is given a minute at most, so that one that hangs does not use up the time of the next.',
    with: SHORT,
    scripts: always<Script>(() => {}),
  },
  unreachable: {
    why: 'The host cannot be found or refuses connections. On a self-hosted runner that is usually a firewall, DNS, or a proxy that is not set.',
    with: SHORT,
    env: { HTTPS_PROXY: '', ...watchNetwork().environment },
  },
  certificate: {
    why: 'The certificate of the other end is expired, made for another name, or signed by an authority that Node does not know. A company proxy that decrypts TLS connections is the usual cause. The check cannot be turned off (`NODE_TLS_REJECT_UNAUTHORIZED` has no effect): the keys would go to whoever answers.',
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
  'proxy-failed': {
    why: 'The proxy named in `HTTPS_PROXY` could not be reached, broke off, or could not reach Datadog.',
    with: SHORT,
    proxyScripts: always<ProxyScript>((client) => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')),
  },
  'proxy-refused': {
    why: 'The proxy does not allow connections to this host.',
    proxyScripts: [(client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n')],
  },
  'proxy-login': {
    why: 'The proxy wants a user name and password, or did not accept those given.',
    proxyScripts: [(client) => client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')],
  },
  'proxy-settings': {
    why: 'A proxy is set, but not in a form that can be used: without `http://`, or with a `%` in the password that is no escape. The HTTP library would go past the proxy without a word; the action does not.',
    env: { HTTPS_PROXY: 'proxy.corp:3128' },
  },
  cancelled: {
    why: 'Somebody cancelled the run, or a newer one with `cancel-in-progress` did.',
    cancel: true,
  },
  internal: {
    why: 'A case that this action did not foresee. Everything that is not a proven success is a failure, this too.',
    env: { NODE_OPTIONS: '--import=data:text/javascript,setTimeout(()=>{throw(Error(`unforeseen`))},200)' },
    scripts: [() => {}],
  },
};

export const KINDS = Object.keys(SCENES) as FailureKind[];

const INTRODUCTION = `# Failures

Every failure of the step is one error annotation. Its title tells the kind; here is each of them as it looks, and why
it happens. The annotation itself says what to do, and so does the job summary.

Two sentences matter most at night. **Nothing was changed** means that Datadog still holds the old key. **The update may
have been applied** means that the request may have arrived before the failure; running the step again is safe either
way.
`;

/** Writes docs/failures.md: each failure, met in a real run of `dist/`. */
export async function writeFailuresDocument(): Promise<string> {
  const sections = await Promise.all(KINDS.map((kind) => writeFailureSection(kind)));
  return [INTRODUCTION, ...sections].join('\n');
}

/** Writes what docs/failures.md says of one kind of failure. */
export async function writeFailureSection(kind: FailureKind, launch?: Launch): Promise<string> {
  return `## ${FAILURES[kind].title}\n\n\`\`\`text\n${await meet(SCENES[kind], launch)}\n\`\`\`\n\n${SCENES[kind].why}\n`;
}

/** How a failure ends that the action could not get over in time; by chance, in other words from run to run. */
const GAVE_UP = 'Another attempt might help, but `timeout` leaves 8.4 s.';

/** The annotation of a scene, title and message, with what differs from run to run made the same. */
async function meet(scene: Scene, launch?: Launch): Promise<string> {
  await using datadog = await startDatadog();
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<NodeJS.Signals>();
  datadog.script(...(scene.cancel ? [() => cancel('SIGINT')] : (scene.scripts ?? [])));
  datadog.scriptProxy(...(scene.proxyScripts ?? []));
  const step = { with: scene.with ?? {}, env: scene.env ?? {}, ...(scene.cancel && { cancelled }) };
  const { errors } = await runStepAgainst(datadog, step, launch);
  const [error] = errors;
  const annotation = `Error: ${error?.title}\n\n${error?.message}`.replaceAll(/127\.0\.0\.1:\d+/g, 'proxy.corp:3128');
  if (scene.with !== SHORT) return annotation.replaceAll(/leaves [\d.]+ s/g, 'leaves 59.8 s');
  return annotation
    .replaceAll(/ \d+ attempts were made\./g, '')
    .replaceAll(/The last attempt was cut short by `timeout`\.|Another attempt might help, .*? s\./g, GAVE_UP)
    .replaceAll(/within [\d.]+ s/g, 'within 60 s');
}
