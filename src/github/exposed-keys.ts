import { existsSync } from 'node:fs';
import type { Value } from '../inputs.ts';

/**
 * Warns about keys in the payload of the event that started the run. Never rejects, because this check must not fail an update.
 * @actions/github is imported dynamically because the import itself throws if the event file is not valid JSON.
 *
 * @param warn called with a sentence
 */
export async function warnAboutExposedKeys(keys: readonly Value[], warn: (text: string) => void): Promise<void> {
  // The package would print the path of a missing file and continue.
  if (!existsSync(process.env.GITHUB_EVENT_PATH ?? '')) return;
  // Loading the package takes a while, so the request starts first.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    const { context } = await import('@actions/github');
    for (const source of exposedKeys(keys, context.payload)) {
      warn(
        `${source} appears in plain text in the payload of the event that started this run. GitHub does not mask it there. Rotate this key again, and pass it as a secret.`,
      );
    }
  } catch {
    // There is no payload to check.
  }
}

/** Returns the sources of the keys that appear anywhere in an event payload, such as in a plain workflow input. */
export function exposedKeys(keys: readonly Value[], payload: unknown): string[] {
  const payloadText = JSON.stringify(payload);
  const exposed = keys.filter(({ text }) => payloadText.includes(JSON.stringify(text).slice(1, -1)));
  return [...new Set(exposed.map(({ source }) => source))];
}
