// Generates docs/failures.md. Its examples come from runs of dist/.
import { writeFileSync } from 'node:fs';
import { writeFailuresDocument } from '../test/support/failures-document.ts';

writeFileSync('docs/failures.md', await writeFailuresDocument());
