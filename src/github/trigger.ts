import { existsSync } from 'node:fs';
import { isObject } from '../parse.ts';

/** Shorter keys are not looked for in the event payload: they can be ordinary words. */
const MIN_LENGTH = 12;

/** A key, and the input or environment variable that it came from. */
export interface Key {
  readonly source: string;
  readonly text: string;
}

/** What started this run. */
export interface Trigger {
  /** Name of the event, such as `workflow_dispatch`. */
  readonly event: string;
  /** Name of the user or app. */
  readonly actor: string;
  /** Why GitHub withheld secrets from this run, as a sentence; undefined if it did not. */
  readonly secretsWithheld: string | undefined;
}

/**
 * Reads what started this run with @actions/github, and warns about keys in the event payload. The package is imported
 * dynamically because the import itself throws if the event file is not valid JSON.
 *
 * @param keys looked for in the event payload
 * @returns undefined if it cannot be read. Never rejects, because an update must not fail for this.
 */
export async function loadTrigger(keys: readonly Key[], warn: (text: string) => void): Promise<Trigger | undefined> {
  const { GITHUB_EVENT_PATH, GITHUB_EVENT_NAME: event, GITHUB_ACTOR: actor } = process.env;
  try {
    // The package would print the path and continue.
    if (GITHUB_EVENT_PATH && !existsSync(GITHUB_EVENT_PATH)) throw new SyntaxError('no event file');
    const { context } = await import('@actions/github');
    const { payload } = context;
    for (const name of exposedKeys(keys, payload)) {
      warn(
        `${name} appears in plain text in this run's event payload (${event}), which GitHub does not mask. Rotate this key again, and pass it as a secret.`,
      );
    }
    if (!event || !actor) return undefined;
    return { event, actor, secretsWithheld: explainWithheldSecrets(event, actor, payload) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      warn('Cannot read what started this run: the file in GITHUB_EVENT_PATH is missing or is not valid JSON.');
    }
    return undefined;
  }
}

/** Names of the keys that appear anywhere in an event payload, such as in a plain workflow input. */
export function exposedKeys(keys: readonly Key[], payload: unknown): string[] {
  const payloadText = JSON.stringify(payload);
  return keys
    .filter(({ text }) => text.length >= MIN_LENGTH && payloadText.includes(JSON.stringify(text).slice(1, -1)))
    .map(({ source }) => source);
}

/** https://docs.github.com/actions/reference/security/secure-use, "Workflows triggered by forks" and "Dependabot". */
export function explainWithheldSecrets(event: string, actor: string, payload: unknown): string | undefined {
  if (actor === 'dependabot[bot]') return 'Runs started by Dependabot get only Dependabot secrets.';
  const pull = isObject(payload) && event !== 'pull_request_target' ? payload.pull_request : undefined;
  if (!isObject(pull) || repositoryOf(pull.head) === repositoryOf(pull.base)) return undefined;
  return 'Pull requests from forks get no secrets.';
}

/** Full name of the repository on one side of a pull request; undefined if it was deleted. */
function repositoryOf(side: unknown): unknown {
  const repo = isObject(side) ? side.repo : undefined;
  return isObject(repo) ? repo.full_name : undefined;
}
