// Writes docs/failures.md from runs of dist/, so that it shows every failure as it is.
import { writeFileSync } from 'node:fs';
import { writeFailuresDocument } from '../test/support/failures-document.ts';

writeFileSync('docs/failures.md', await writeFailuresDocument());
