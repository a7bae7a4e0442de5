import type { OpsgenieKey } from './opsgenie.ts';
import { runStep, type Step, type StepResult } from './runner.ts';
import { SimulatedServer } from './server.ts';

/** Made-up keys that look like real ones. */
export const KEYS = {
  /** The Opsgenie key that Datadog has before the update. */
  before: '6e1f0c3a-27d4-4b8e-8c55-90a1b2c3d4e5',
  /** Accepted by Opsgenie in region eu. */
  opsgenie: '0aa5ad53-8f14-4c5e-9a36-2f3c7d91b1e4',
  /** Accepted by Opsgenie in region us. */
  opsgenieUs: '7d1c5b80-3e9f-4a62-b0d7-58c4e6f2a913',
  /** Known to Opsgenie in both regions, but not allowed to read the account. */
  opsgenieWithoutConfigurationAccess: 'c4f8a2d6-91b3-4e07-8f5a-6b0d3c7e1924',
  datadogApi: '9f86d081884c7d659a2feaa0c55ad015',
  datadogApp: 'a7b9f1c3d5e70a2b4c6d8e0f1a3b5c7d9e1f3a5b',
  accessToken: 'ddpat_7Qm2vX9sKp4LrT8wZc1n',
  withoutPermission: '5c7d9e1f3a5ba7b9f1c3d5e70a2b4c6d8e0f1a3b',
  readOnly: 'e70a2b4c6d8e0f1a3b5c7d9e1f3a5ba7b9f1c3d5',
  writeOnly: '6d8e0f1a3b5c7d9e1f3a5ba7b9f1c3d5e70a2b4c',
} as const;

/** The organization's only account, in region us. */
export const ACCOUNT = '596da4af-0563-4097-90ff-07230c3f9db3';

/** An account that a test may add to the organization. */
export const OTHER_ACCOUNT = '11111111-1111-4111-8111-111111111111';

/** An account that does not exist. */
export const UNKNOWN_ACCOUNT = '00000000-0000-4000-8000-000000000000';

/** The step from the README, with all inputs set. */
export const STEP: Step = {
  with: {
    account_id: ACCOUNT,
    region: 'eu',
    api_key: KEYS.opsgenie,
    dd_api_key: KEYS.datadogApi,
    dd_app_key: KEYS.datadogApp,
  },
  secrets: [KEYS.opsgenie, KEYS.datadogApi, KEYS.datadogApp],
};

/** Runs {@link STEP} against a simulated server. Inputs and environment variables are merged into the step's own. */
export function runStepAgainst(
  { environment }: SimulatedServer,
  { with: inputs, env, ...more }: Partial<Step>,
): Promise<StepResult> {
  return runStep({ ...STEP, ...more, with: { ...STEP.with, ...inputs }, env: { ...environment, ...env } });
}

/** Starts a server with one organization at Datadog, which has one account, and with Opsgenie keys in both regions. */
export function startDatadog(): Promise<SimulatedServer> {
  return SimulatedServer.start({
    organization: {
      apiKeys: new Set([KEYS.datadogApi]),
      appKeys: new Map([
        [KEYS.datadogApp, ['integrations_read', 'manage_integrations']],
        [KEYS.accessToken, ['integrations_read', 'manage_integrations']],
        [KEYS.withoutPermission, []],
        [KEYS.readOnly, ['integrations_read']],
        [KEYS.writeOnly, ['manage_integrations']],
      ]),
      accounts: new Map([[ACCOUNT, { region: 'us', apiKey: KEYS.before }]]),
      rateLimit: undefined,
    },
    opsgenieKeys: new Map([
      ['us', opsgenieKeys(KEYS.opsgenieUs)],
      ['eu', opsgenieKeys(KEYS.opsgenie)],
    ]),
  });
}

function opsgenieKeys(accepted: string): Map<string, OpsgenieKey> {
  return new Map([
    [accepted, { configurationAccess: true }],
    [KEYS.opsgenieWithoutConfigurationAccess, { configurationAccess: false }],
  ]);
}
