import type { Step } from './runner.ts';
import { ACCOUNT, KEYS, OTHER_ACCOUNT, runStepAgainst, startDatadog, UNKNOWN_ACCOUNT } from './scenario.ts';
import { respond, type Script } from './scripts.ts';

/** A run for the demo. */
interface Scene {
  readonly title: string;
  /** Inputs that differ from {@link STEP}. */
  readonly inputs: Step['with'];
  readonly scripts?: readonly Script[];
}

export const SCENES = {
  rotation: {
    title: 'Key rotation: Opsgenie accepts the new key, and Datadog saves it',
    inputs: { verify_key: 'true' },
  },
  dryRun: {
    title: 'Dry run: shows what an update would change',
    inputs: { dry_run: 'true' },
  },
  emptySecret: {
    title: 'Empty secret: the step fails before it sends a request',
    inputs: { api_key: '' },
  },
  wrongKey: {
    title: 'A key without Configuration access: Opsgenie rejects it',
    inputs: { verify_key: 'true', api_key: KEYS.opsgenieWithoutConfigurationAccess },
  },
  unknownAccount: {
    title: 'Unknown account: the step lists the accounts that exist',
    inputs: { account_id: UNKNOWN_ACCOUNT },
  },
  rateLimit: {
    title: 'Rate limit: the step waits as long as Datadog asks, and retries',
    inputs: {},
    scripts: [respond(429, { errors: ['Too many requests'] }, { 'X-RateLimit-Reset': '2' })],
  },
} as const satisfies Record<string, Scene>;

/** Runs a scene against a new simulated server. Returns what the server received, and the account afterwards. */
export async function play({ inputs, scripts = [] }: Scene) {
  await using datadog = await startDatadog();
  datadog.organization.accounts.set(OTHER_ACCOUNT, { region: 'eu', apiKey: KEYS.before });
  datadog.script(...scripts);
  const result = await runStepAgainst(datadog, { with: inputs });
  return { result, requests: datadog.requests, account: datadog.organization.accounts.get(ACCOUNT) };
}
