import { existsSync } from 'node:fs';
import type { Secret } from './inputs.ts';
import { isObject } from './json.ts';

/** What started this run. */
export interface Origin {
  /** Name of the event, such as `workflow_dispatch`. */
  readonly event: string;
  /** Login of the user or app. */
  readonly actor: string;
  /** Why GitHub kept secrets from this run, in a sentence; undefined where it did not. */
  readonly secretsWithheld: string | undefined;
}

/**
 * Reads what started this run from @actions/github, and warns of keys that stand in it. The package is imported only
 * here and now: it throws at import where the event file is no JSON, and the request need not wait for it.
 *
 * @returns undefined where it cannot be read; never rejects, for an update must not fail because of it
 */
export async function loadOrigin(
  secrets: readonly Secret[],
  warn: (text: string) => void,
): Promise<Origin | undefined> {
  const { GITHUB_EVENT_PATH, GITHUB_EVENT_NAME: event, GITHUB_ACTOR: actor } = process.env;
  try {
    // The package would print the path and go on.
    if (GITHUB_EVENT_PATH && !existsSync(GITHUB_EVENT_PATH)) throw new SyntaxError('no event file');
    const { context } = await import('@actions/github');
    const { payload } = context;
    for (const name of exposed(secrets, payload)) {
      warn(
        `${name} stands in plain text in the event that started this run (${event}), where nothing masks it. Rotate this key again, and pass it as a secret.`,
      );
    }
    if (!event || !actor) return undefined;
    return { event, actor, secretsWithheld: secretsWithheld(event, actor, payload) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      warn('What started this run is not known: the file in GITHUB_EVENT_PATH is missing or no JSON.');
    }
    return undefined;
  }
}

/** Names of the secrets that stand anywhere in the payload of an event: plain inputs of a workflow, a client payload. */
function exposed(secrets: readonly Secret[], payload: unknown): string[] {
  const text = JSON.stringify(payload);
  return secrets.filter(({ value }) => text.includes(JSON.stringify(value).slice(1, -1))).map(({ name }) => name);
}

/** https://docs.github.com/actions/reference/security/secure-use, "Workflows triggered by forks" and "Dependabot". */
function secretsWithheld(event: string, actor: string, payload: unknown): string | undefined {
  if (actor === 'dependabot[bot]') return 'Runs that Dependabot starts get only the secrets made for Dependabot.';
  const pull = isObject(payload) && event !== 'pull_request_target' ? payload.pull_request : undefined;
  if (!isObject(pull) || repository(pull.head) === repository(pull.base)) return undefined;
  return 'Pull requests from a fork get no secrets.';
}

/** Full name of the repository that one side of a pull request is in; undefined once it is deleted. */
function repository(side: unknown): unknown {
  const repo = isObject(side) ? side.repo : undefined;
  return isObject(repo) ? repo.full_name : undefined;
}
