import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { source, unit } from './vitest.config.ts';

/** The files whose tests wait longest come last: most mutants are killed before them. */
const SLOW = ['dry-run', 'refusals', 'not-found', 'failures-document', 'verify-key', 'retries', 'network'];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      moduleId.includes('/e2e/') ? 1 + SLOW.findIndex((name) => moduleId.includes(`/${name}.`)) : -1;
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

// Stryker runs a single project: all tests that run src/ in their own process.
export default defineConfig({
  test: {
    ...source,
    include: [...unit.include, ...source.include],
    env: { ...source.env, SPEED: '3' },
    unstubEnvs: true,
    sequence: { sequencer: QuickFirst },
  },
});
