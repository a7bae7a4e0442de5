import type { Step, StepResult } from './runner.ts';
import { ACCOUNT, KEYS, runStepAgainst, STEP, startDatadog } from './scenario.ts';
import { respond, type Script } from './scripts.ts';

/** A run for the demo and the README's pictures. */
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
    title: 'Empty secret: the step fails before it sends anything',
    inputs: { api_key: '' },
  },
  wrongKey: {
    title: "An integration's key: Opsgenie rejects it, and Datadog is not called",
    inputs: { verify_key: 'true', api_key: KEYS.opsgenieWithoutConfigurationAccess },
  },
  wrongSecret: {
    title: 'Wrong secret: Datadog rejects a value that is not an Opsgenie key',
    inputs: { api_key: 'the-wrong-secret' },
  },
  rateLimit: {
    title: 'Rate limit: Datadog asks to wait 2 seconds, and the second attempt succeeds',
    inputs: {},
    scripts: [
      respond(
        429,
        { errors: ['Too many requests'] },
        { 'X-RateLimit-Reset': '2', 'X-RateLimit-Name': 'opsgenie_accounts' },
      ),
    ],
  },
} as const satisfies Record<string, Scene>;

/** What happened in a scene. */
interface Played {
  readonly inputs: Step['with'];
  readonly result: StepResult;
  /** Method and host of each request that the simulated server received. */
  readonly requests: readonly string[];
  /** The account in the simulated Datadog after the run. */
  readonly account: { readonly region: string; readonly hasNewKey: boolean };
}

/** Runs a scene against a new simulated server. */
export async function play({ inputs, scripts = [] }: Scene): Promise<Played> {
  await using datadog = await startDatadog();
  datadog.script(...scripts);
  const result = await runStepAgainst(datadog, { with: inputs });
  const { region = '', apiKey } = datadog.organization.accounts.get(ACCOUNT) ?? {};
  return {
    inputs: { ...STEP.with, ...inputs },
    result,
    requests: datadog.requests.map(({ method, host }) => `${method} ${host}`),
    account: { region, hasNewKey: apiKey !== KEYS.before },
  };
}
