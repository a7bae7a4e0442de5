import type { Organization, Permission } from './datadog.ts';
import type { OpsgenieKeys } from './opsgenie.ts';
import { runStep, type Step, type StepResult } from './runner.ts';
import { SimulatedServer } from './server.ts';

/** Made-up keys that look like real ones. */
export const KEYS = {
  before: '6e1f0c3a-27d4-4b8e-8c55-90a1b2c3d4e5', // stored in Datadog before the update
  opsgenie: '0aa5ad53-8f14-4c5e-9a36-2f3c7d91b1e4', // valid in region eu
  opsgenieUs: '7d1c5b80-3e9f-4a62-b0d7-58c4e6f2a913', // valid in region us
  opsgenieDisabled: '58b06e9d-c2a7-4f31-9d84-e7f1053b6ac2', // disabled, in both regions
  opsgenieWithoutConfigurationAccess: 'c4f8a2d6-91b3-4e07-8f5a-6b0d3c7e1924', // valid in both regions
  datadogApi: '9f86d081884c7d659a2feaa0c55ad015',
  datadogApp: 'a7b9f1c3d5e70a2b4c6d8e0f1a3b5c7d9e1f3a5b', // has both permissions
  withoutPermission: '5c7d9e1f3a5ba7b9f1c3d5e70a2b4c6d8e0f1a3b', // an application key
  readOnly: 'e70a2b4c6d8e0f1a3b5c7d9e1f3a5ba7b9f1c3d5', // an application key with integrations_read
  writeOnly: '6d8e0f1a3b5c7d9e1f3a5ba7b9f1c3d5e70a2b4c', // an application key with manage_integrations
  accessToken: 'ddpat_7Qm2vX9sKp4LrT8wZc1n', // a personal access token with both permissions
  serviceToken: 'ddsat_3Hn8bY5tGd6MqV1xJw0k', // a service account's access token with both permissions
  readOnlyToken: 'ddpat_9Rf4zC7uWe2NkB6yPs5h', // a personal access token with integrations_read
  expiredToken: 'ddpat_1Tj6aD3vXg8QmF0rLc4z', // a personal access token that had both permissions
} as const;

/** The organization's only account, in region us. */
export const ACCOUNT = '596da4af-0563-4097-90ff-07230c3f9db3';

/** An account that a test may add to the organization. */
export const OTHER_ACCOUNT = '11111111-1111-4111-8111-111111111111';

/** An account that does not exist. */
export const UNKNOWN_ACCOUNT = '00000000-0000-4000-8000-000000000000';

const BOTH: readonly Permission[] = ['integrations_read', 'manage_integrations'];

/** A step that updates {@link ACCOUNT}. */
export const STEP: Step = {
  with: {
    site: 'US1',
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

/** Starts a server with one Datadog organization, on US1, with one account, and with Opsgenie keys in both regions. */
export function startDatadog(): Promise<SimulatedServer> {
  const organization: Organization = {
    site: 'datadoghq.com',
    apiKeys: new Set([KEYS.datadogApi]),
    appKeys: new Map([
      [KEYS.datadogApp, BOTH],
      [KEYS.withoutPermission, []],
      [KEYS.readOnly, ['integrations_read']],
      [KEYS.writeOnly, ['manage_integrations']],
    ]),
    tokens: new Map([
      [KEYS.accessToken, { permissions: BOTH, expiresAt: undefined }],
      [KEYS.serviceToken, { permissions: BOTH, expiresAt: undefined }],
      [KEYS.readOnlyToken, { permissions: ['integrations_read'], expiresAt: undefined }],
      [KEYS.expiredToken, { permissions: BOTH, expiresAt: new Date('2026-01-31') }],
    ]),
    accounts: new Map([[ACCOUNT, { region: 'us', apiKey: KEYS.before }]]),
    rateLimit: undefined,
  };
  const unusable = {
    [KEYS.opsgenieDisabled]: { configurationAccess: true, disabled: true },
    [KEYS.opsgenieWithoutConfigurationAccess]: { configurationAccess: false },
  };
  const opsgenieKeys: OpsgenieKeys = new Map([
    ['us', new Map(Object.entries({ ...unusable, [KEYS.opsgenieUs]: { configurationAccess: true } }))],
    ['eu', new Map(Object.entries({ ...unusable, [KEYS.opsgenie]: { configurationAccess: true } }))],
  ]);
  return SimulatedServer.start(organization, opsgenieKeys);
}
