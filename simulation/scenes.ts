import type { Launch, Step, StepResult } from './runner.ts';
import { runStepAgainst, startDatadog } from './scenario.ts';
import { answer, type Script } from './scripts.ts';

/** A run for the demo and the README's pictures. */
interface Scene {
  readonly title: string;
  readonly inputs?: Step['with'];
  readonly scripts?: readonly Script[];
}

const RATE_LIMIT = { 'X-RateLimit-Reset': '2', 'X-RateLimit-Name': 'opsgenie_accounts' };

export const SCENES = {
  success: { title: 'Successful update' },
  'dry-run': { title: 'Dry run: nothing is changed', inputs: { dry_run: 'true' } },
  failure: {
    title: 'Rejected by Datadog: the secret is not an Opsgenie key',
    inputs: { api_key: 'the-wrong-secret' },
  },
  'rate-limit': {
    title: 'Rate limited at first, then successful',
    scripts: [answer(429, { errors: ['Too many requests'] }, RATE_LIMIT)],
  },
} as const satisfies Record<string, Scene>;

/** Runs a scene against a new simulated server. */
export async function play({ inputs = {}, scripts = [] }: Scene, launch?: Launch): Promise<StepResult> {
  await using datadog = await startDatadog();
  datadog.script(...scripts);
  return await runStepAgainst(datadog, { with: inputs }, launch);
}
