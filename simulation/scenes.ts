import type { Launch, Step, StepResult } from './runner.ts';
import { runStepAgainst, startDatadog } from './scenario.ts';
import { answer, type Script } from './scripts.ts';

/** A run worth showing. */
interface Scene {
  readonly title: string;
  readonly inputs?: Step['with'];
  readonly scripts?: readonly Script[];
}

const RATE_LIMIT = { 'X-RateLimit-Reset': '2', 'X-RateLimit-Name': 'opsgenie_accounts' };

export const SCENES = {
  success: { title: 'A rotation that works' },
  'dry-run': { title: 'A dry run of it, which changes nothing', inputs: { dry_run: 'true' } },
  failure: {
    title: 'One that Datadog refuses: the secret holds no Opsgenie key',
    inputs: { api_key: 'the-wrong-secret' },
  },
  'rate-limit': {
    title: 'One that is rate-limited and then works',
    scripts: [answer(429, { errors: ['Too many requests'] }, RATE_LIMIT)],
  },
} as const satisfies Record<string, Scene>;

/** Runs a scene against a simulated Datadog of its own. */
export async function play({ inputs = {}, scripts = [] }: Scene, launch?: Launch): Promise<StepResult> {
  await using datadog = await startDatadog();
  datadog.script(...scripts);
  return await runStepAgainst(datadog, { with: inputs }, launch);
}
